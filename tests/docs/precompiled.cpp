// Nothing: the target needs a source file to precompile the library's header.
