#ifndef THROUGHLINE_CASSETS_H
#define THROUGHLINE_CASSETS_H

#include <stddef.h>

/// One file embedded in the binary.
struct throughline_asset {
    const char *name;
    const unsigned char *bytes;
    size_t count;
    /// The same bytes compressed with gzip, or NULL.
    const unsigned char *gzip_bytes;
    size_t gzip_count;
    const char *content_type;
    /// Changes whenever the bytes do.
    const char *etag;
};

int throughline_asset_count(void);
const struct throughline_asset *throughline_asset_at(int index);

#endif
