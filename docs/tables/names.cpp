// Prints the tables of docs/from-comfyui.md, one for each argument, such as "comfyui samplers".
// docs/tables.sh calls it.
#include <cstdio>
#include <fokker/adapt/comfyui.hpp>
#include <fokker/adapt/k_diffusion.hpp>
#include <fokker/adapt/stable_diffusion_cpp.hpp>
#include <string>
#include <string_view>

using namespace fokker;

namespace {

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

/// What stands before a comma is code, and what comes after it are words.
std::string spelled(std::string_view here) {
    // A word such as "sde_dpm_solver_pp<2>" or "leading(schedule, n, 1)" to its end.
    std::size_t end = 0;
    int open = 0;
    while (end < here.size() && (open > 0 || (here[end] != ' ' && here[end] != ','))) {
        if (here[end] == '(' || here[end] == '<') ++open;
        if (here[end] == ')' || here[end] == '>') --open;
        ++end;
    }
    return code(here.substr(0, end)) + std::string(here.substr(end));
}

/// A place that says so in words alone.
std::string in_fokker(std::string_view here) {
    return here.starts_with("the same") || here.starts_with("sigmas of") ? std::string(here)
                                                                         : spelled(here);
}

std::string_view drawn(by_name::gaussians draws) {
    using enum by_name::gaussians;
    return draws == none ? "none" : draws == fresh ? "fresh" : "Brownian";
}

std::string note_of(const by_name::sampler_name& entry) {
    std::string note(entry.note);
    if (!entry.note_on_flow.empty() && entry.served())
        note +=
            (note.empty() ? "" : "; ") + std::string("on flows ") + std::string(entry.note_on_flow);
    if (!entry.remark.empty()) note += (note.empty() ? "" : "; ") + std::string(entry.remark);
    if (entry.needs_unconditional)
        note +=
            (note.empty() ? "" : "; ") + std::string("asks for the output without the condition");
    return note;
}

void print_samplers(const auto& names, bool flows) {
    std::printf("| name | in Fokker |%s Gaussians | remarks |\n", flows ? " on flows |" : "");
    std::printf("| --- | --- |%s --- | --- |\n", flows ? " --- |" : "");
    for (const auto& entry : names) {
        const std::string here =
            entry.served() ? in_fokker(entry.here) : "no; nearest: " + code(entry.here);
        const std::string on_flow =
            entry.served_on_flow() ? in_fokker(entry.here_on_flow) : std::string("no");
        std::printf("| %s | %s |", code(entry.name).c_str(), here.c_str());
        if (flows) std::printf(" %s |", on_flow.c_str());
        std::printf(" %s | %s |\n", entry.served() ? drawn(entry.draws).data() : "",
                    note_of(entry).c_str());
    }
}

void print_schedulers(const auto& names) {
    std::printf("| name | in Fokker | remarks |\n| --- | --- | --- |\n");
    for (const auto& entry : names) {
        const std::string here =
            entry.served ? in_fokker(entry.here) : "no; nearest: " + code(entry.here);
        std::printf("| %s | %s | %s |\n", code(entry.name).c_str(), here.c_str(),
                    std::string(entry.note).c_str());
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view table = count == 2 ? arguments[1] : "";
    if (table == "comfyui samplers")
        print_samplers(comfyui::sampler_names, true);
    else if (table == "comfyui schedulers")
        print_schedulers(comfyui::scheduler_names);
    else if (table == "k-diffusion samplers")
        print_samplers(k_diffusion::sampler_names, false);
    else if (table == "k-diffusion sigmas")
        print_schedulers(k_diffusion::scheduler_names);
    else if (table == "stable-diffusion.cpp samplers")
        print_samplers(stable_diffusion_cpp::sampler_names, true);
    else if (table == "stable-diffusion.cpp schedulers")
        print_schedulers(stable_diffusion_cpp::scheduler_names);
    else
        return 1;
}
