#if canImport(Glibc)
    import Glibc
#endif

/// What the spool asks of the system; tests put disks that fail in its place.
struct SpoolDisk: Sendable {
    /// Makes a file; negative when that failed.
    var open: @Sendable (_ path: String) -> Int32 = { path in
        Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    }
    /// Writes some of the bytes; how many, or negative.
    var write: @Sendable (_ file: Int32, _ bytes: UnsafeRawBufferPointer) -> Int = { file, bytes in
        while true {
            let count = Glibc.write(file, bytes.baseAddress, bytes.count)
            if count >= 0 || errno != EINTR { return count }
        }
    }
    /// Whether everything that was written to the file is on the disk.
    var sync: @Sendable (_ file: Int32) -> Bool = { Glibc.fdatasync($0) == 0 }
    var close: @Sendable (_ file: Int32) -> Void = { _ = Glibc.close($0) }
    var remove: @Sendable (_ path: String) -> Void = { _ = Glibc.unlink($0) }
}
