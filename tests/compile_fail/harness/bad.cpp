// expect: say it with these words
// expect: bad.cpp
#ifndef FOKKER_MENDED
static_assert(sizeof(int) > 1000, "say it with these words");
#endif
