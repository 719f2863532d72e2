// expect: nothing to complain about
static_assert(sizeof(int) > 1, "this compiles");
