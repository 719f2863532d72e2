// expect: words that stand only in a comment
int x = "words that";  // words that stand only in a comment
