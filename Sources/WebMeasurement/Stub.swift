// Filled by the slice.
