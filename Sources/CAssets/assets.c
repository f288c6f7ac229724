#include "CAssets.h"
int throughline_assets_stub(void) { return 0; }
