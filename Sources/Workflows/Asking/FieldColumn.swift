/// A column of a CSV file, by its name in the header line. It carries one field of a request.
protocol FieldColumn: CaseIterable, RawRepresentable<String> {
    /// The field, as verbs name it in a Problem.
    var field: Problem.Field { get }
}

extension Problem.Field {
    /// Returns the column of this field; nil when the file has none.
    func column<Column: FieldColumn>() -> Column? { Column.allCases.first { $0.field == self } }
}
