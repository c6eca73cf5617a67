/// Which mail an address does not want.
package enum SuppressionScope: String, CaseIterable, Sendable { case support, all }

package enum SuppressionReason: String, CaseIterable, Sendable {
    case optOut, bounce, complaint, staff
}
