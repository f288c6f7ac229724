import CMalloc

/// How the C library keeps free memory for later.
package enum Allocator {
    /// Shares it among all threads of this process; to be called before there is a second one.
    ///
    /// By default each thread gets one of up to eight pools for each core. What one of them has
    /// free no other may use, so the process grows until each has had its own worst moment.
    package static func shareFreeMemory() {
        mallopt(M_ARENA_MAX, 2)
        // Else the first large buffer that is freed lets larger ones stay in a pool for good.
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
        // Given back sooner, memory goes to and fro in every burst: a tenth of the time of the thread
        // that writes the database.
        mallopt(M_TRIM_THRESHOLD, 2 << 20)
        mallopt(M_TOP_PAD, 1 << 20)
    }
}
