import Foundation

/// Whether people stand in one arm (or cell) only, and once.
struct PersonCheck {
    /// People in more than one group.
    private(set) var shared = 0
    /// People with several rows in a group.
    private(set) var repeated = 0
    private var example = ""

    /// `groups` holds each row's group from 0 to 3, nil where it is left out.
    init(_ table: DataTable, _ column: Int, groups: [Int?]) {
        let (words, codes) = table.words(column)
        var seen = [UInt8](repeating: 0, count: words.count)
        for (code, group) in zip(codes, groups) {
            guard let group, !words[Int(code)].isEmpty else { continue }
            let bit = UInt8(1) << UInt8(group)
            if seen[Int(code)] & bit != 0 { seen[Int(code)] |= 16 }
            seen[Int(code)] |= bit
        }
        for (word, bits) in zip(words, seen) {
            if bits & 16 != 0 { repeated += 1 }
            guard (bits & 15).nonzeroBitCount > 1 else { continue }
            if shared == 0 { example = word }
            shared += 1
        }
    }

    /// What is to be said; `groups` is “arms” or “cells”.
    func notes(_ groups: String) -> [String] {
        var notes: [String] = []
        if shared > 0 {
            notes.append(
                "\(shared) \(shared == 1 ? "person is" : "people are") in several \(groups), such as "
                    + "\(example.prefix(40)): what reached them cannot be told apart. Find out how "
                    + "they were assigned, and leave them out.")
        }
        if repeated > 0 {
            notes.append(
                "\(repeated) \(repeated == 1 ? "person has" : "people have") several rows in one of "
                    + "the \(groups), and each counts as a person; add them up to one row for each "
                    + "person, or chance looks smaller than it is.")
        }
        return notes
    }
}
