// expect: say it with these words
static_assert(sizeof(int) > 1000, "say it with these words");
