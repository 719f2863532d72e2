// Prints the table of docs/solvers.md. docs/tables.sh calls it.
#include <fokker/catalogue.hpp>

#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

namespace {

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string calls(const auto& entry) {
    if (entry.adaptive()) return "as needed";
    const std::string under_way = std::to_string(entry.evaluations());
    if (entry.most_evaluations() == entry.evaluations()) return under_way;
    return under_way + ", at first " + std::to_string(entry.most_evaluations());
}

std::string noise(const auto& entry) {
    const std::string option = entry.noise_option().empty() ? "" : code(entry.noise_option());
    if (entry.stochastic()) return option.empty() ? "yes" : "yes, unless " + option + " = 0";
    return option.empty() ? "no" : "only if " + option + " > 0";
}

std::string needs(const auto& entry) {
    using enum fokker::second_output;
    std::string result = entry.needs_path() ? "a path" : "";
    if (entry.inverts()) result = "a reversed grid";
    if constexpr (requires { entry.solver.variance.gamma; }) result = "moments";
    if constexpr (requires { entry.solver.calls; }) result += ", its `calls`";
    if (!entry.needs_second_output()) return result;
    for (const auto kind :
         {variance, log_variance, variance_range, noise_squared, residual_squared, unconditional})
        if (entry.reads(kind))
            result += (result.empty() ? "" : ", ") + code(fokker::detail::name_of(kind));
    return result;
}

}  // namespace

int main() {
    std::puts("| name | in code | order | calls | noise | needs | arrays | source |");
    std::puts("| --- | --- | --- | --- | --- | --- | --- | --- |");
    fokker::for_each_named_solver([](const auto& entry) {
        const std::string order = entry.order > 0 ? std::to_string(entry.order) : "";
        std::printf("| %s | %s | %s | %s | %s | %s | %d | %s |\n", code(entry.name).c_str(),
                    code(entry.spelling).c_str(), order.c_str(), calls(entry).c_str(),
                    noise(entry).c_str(), needs(entry).c_str(), entry.arrays(),
                    std::string(entry.reference).c_str());
    });
}
