// Gives the precompiled header of the unit tests a file to be built for.
