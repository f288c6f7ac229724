// An empty table, so that a bare clone compiles. `make assets` writes
// generated/assets_table.c, whose strong symbols replace these weak ones.
#include "CAssets.h"

__attribute__((weak)) int throughline_asset_count(void) { return 0; }

__attribute__((weak)) const struct throughline_asset *throughline_asset_at(int index) {
    (void)index;
    return NULL;
}
