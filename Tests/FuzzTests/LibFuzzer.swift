import Glibc

// Where libFuzzer comes in. Scripts/fuzz compiles this file; the ordinary build leaves it out.

private let target: FuzzTarget = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        preconditionFailure("FUZZ_TARGET names no target")
    }
    return target
}()

/// One execution; a property that does not hold ends the process, and libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.check(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        let words = Array("A property does not hold: \(error)\n".utf8)
        _ = write(STDERR_FILENO, words, words.count)
        abort()
    }
    return 0
}
