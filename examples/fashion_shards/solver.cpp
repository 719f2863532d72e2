#include "solver.hpp"

#include <stdexcept>

#include "../fashion_samples/make_sampler.hpp"

namespace fashion {

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
    throw std::invalid_argument("--solver: " + name + " " + why);
}

// Of an option, which may be a function of the knot where it is no number.
double number(const auto& option) {
    if constexpr (requires(const fokker::knot& k) { option.at(k); })
        return option.at(fokker::knot{0, 1, 1});
    else
        return static_cast<double>(option);
}

}  // namespace

chosen_solver choose_solver(const std::string& name, const std::map<std::string, double>& options) {
    return fokker::with_solver(name, [&](auto entry) {
        if (entry.needs_second_output())
            refuse(name, "needs a second output, and the network is called for one");
        if (entry.inverts()) refuse(name, "walks from pictures to noise");
        if (entry.adaptive()) refuse(name, "has steps of its own length, and --steps are wanted");
        std::map<std::string, double> has;
        for_each_option(entry.solver, [&](const char* option, auto& first, auto&... more) {
            const auto wanted = options.find(option);
            if (wanted != options.end())
                (set(option, first, wanted->second), ..., set(option, more, wanted->second));
            has[option] = number(first);
        });
        for (const auto& [option, value] : options)
            if (!has.contains(option))
                throw std::invalid_argument(option + ": the solver " + name + " has none");
        return chosen_solver{std::string(entry.name), has, entry.solver};
    });
}

}  // namespace fashion
