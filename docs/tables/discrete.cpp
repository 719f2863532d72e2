// Prints the table of docs/discrete.md. docs/tables.sh calls it.
#include <fokker/discrete.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

namespace discrete = fokker::discrete;

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

void add(std::string& list, std::string_view more) {
    list += (list.empty() ? "" : ", ") + std::string(more);
}

template <class Entry>
std::string noise(const Entry& entry) {
    constexpr bool masks = Entry::template walks<discrete::absorbing>(),
                   any = Entry::template walks<discrete::uniform>(),
                   other = Entry::template walks<discrete::transition_matrices>();
    if (masks && any) return other ? "any" : "masks, uniform";
    return masks ? "masks" : other ? "any but masks" : entry.name.data();
}

std::string needs(const auto& entry) {
    std::string all;
    const auto asked = entry.needs();
    // Ratios and flows are infinite at alpha = 0 where noise has one law.
    const bool above = asked.for_open_noise
                           ? entry.begins_above_zero(discrete::uniform{})
                           : entry.begins_above_zero(discrete::absorbing{.mask = 1});
    if (above) add(all, "alpha > 0");
    if (asked.without_time) add(all, "`timeless()`, as many steps as masks");
    if (asked.by_ratios) add(all, "no `drawn_by`");
    return all;
}

}  // namespace

int main() {
    std::puts("| name | in code | noise | calls a step | keeps the law | needs | source |");
    std::puts("| --- | --- | --- | --- | --- | --- | --- |");
    discrete::for_each_named_sampler([](const auto& entry) {
        std::printf("| %s | %s | %s | %d | %s | %s | %s |\n", code(entry.name).c_str(),
                    code(entry.spelling).c_str(), noise(entry).c_str(), entry.evaluations(),
                    entry.keeps_law ? "yes" : "no", needs(entry).c_str(),
                    std::string(entry.reference).c_str());
    });
}
