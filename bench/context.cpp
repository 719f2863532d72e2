// Every file of results tells how it was made: processor, compiler, flags and threads.
#include <fstream>
#include <string>

#include <benchmark/benchmark.h>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace {

/// The processor's name as Linux tells it.
std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
    return "unknown";
}

#ifdef __clang__
constexpr const char* compiler = __VERSION__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

int threads() {
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

const bool added = [] {
    benchmark::AddCustomContext("processor", processor());
    benchmark::AddCustomContext("compiler", compiler);
    benchmark::AddCustomContext("flags", FOKKER_FLAGS);
    benchmark::AddCustomContext("threads", std::to_string(threads()));
    return true;
}();

}  // namespace
