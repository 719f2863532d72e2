// expect: meant
#ifndef FOKKER_MENDED
static_assert(sizeof(int) > 1000, "meant");
#endif
int x = "an error that was not meant";
