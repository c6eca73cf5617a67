/// A column of a CSV file, by its name in the header line, that stands for what verbs name.
protocol FieldColumn: CaseIterable, RawRepresentable<String> {
    /// What verbs call it.
    var field: Problem.Field { get }
}

extension Problem.Field {
    /// The column of such a file; nil for what it does not have.
    func column<Column: FieldColumn>() -> Column? { Column.allCases.first { $0.field == self } }
}
