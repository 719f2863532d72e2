int narrow(double);
int narrow(double x) { return x; }
