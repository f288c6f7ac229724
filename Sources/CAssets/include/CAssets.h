int throughline_assets_stub(void);
