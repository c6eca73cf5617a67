/// Which mails an address does not get.
package enum SuppressionScope: String, CaseIterable, Sendable { case support, all }

package enum SuppressionReason: String, CaseIterable, Sendable {
    case optOut, bounce, complaint, staff
}
