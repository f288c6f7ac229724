/// Content warnings on networks that have no field for them.
package enum ContentWarning {
    /// The text as such a network gets it: the warning stands before it.
    package static func inText(_ warning: String?, before text: String) -> String {
        guard let warning, !warning.isEmpty else { return text }
        return "CW: \(warning)\n\n\(text)"
    }
}
