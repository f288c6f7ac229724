import Foundation

extension String {
    /// The text in Latin letters without accents, as far as the system knows how.
    var applyingASCII: String {
        folding(options: [.diacriticInsensitive, .widthInsensitive], locale: nil)
            .replacing("ß", with: "ss").replacing("æ", with: "ae").replacing("ø", with: "o")
    }

    /// Without spaces and line ends around it.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
