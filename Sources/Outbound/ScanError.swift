package import Kernel

/// Why a file was not kept after the virus scanner was asked, or the setting makes no sense.
package enum ScanError: Error, Sendable, Hashable {
    /// Not an address of a scanner.
    case badAddress(String)
    /// The scanner knows something in the file by this name.
    case found(String)
    /// It answered that it did not look, in its own words.
    case notScanned(String)
    /// It was not reached, or said nothing in time.
    case noAnswer
    /// Whoever brought the file is gone, so nobody waits for the answer.
    case brokenOff
}

extension ScanError: Presentable {
    package var problem: Problem {
        switch self {
        case .badAddress(let address):
            Problem(
                .invalid, code: "scan.address",
                "--virus-scanner takes unix:/run/clamav/clamd.ctl or tcp://scanner.internal:3310; "
                    + "it is “\(address)”.")
        case .found(let name):
            Problem(
                .invalid, code: "scan.found",
                "The virus scanner found “\(name)” in this file, so it was not kept. Choose "
                    + "another file, and check where this one came from.")
        case .notScanned(let words):
            Problem(
                .unavailable, code: "scan.not-scanned",
                "Files are checked for viruses first, and the scanner did not check this one "
                    + "(\(words)), so it was not kept. Show this to whoever runs the server.")
        case .brokenOff:
            Problem(.unavailable, code: "scan.broken-off", "The upload was broken off.")
        case .noAnswer:
            Problem(
                .unavailable, code: "scan.no-answer",
                "Files are checked for viruses first, and the scanner does not answer, so this one "
                    + "was not kept. Try again soon; if it stays so, tell whoever runs the server.")
        }
    }
}
