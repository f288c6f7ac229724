import Foundation

/// What the kernel writes when a process dies badly: its whole memory, secrets and all.
package enum CoreFiles {
    /// Forbids them for this process and its children.
    package static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
