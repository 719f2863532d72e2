// What the page calls, through worker.js. A function that can fail returns a sentence for the user,
// and an empty one when all is well.
#include <Eigen/Core>
#include <exception>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "../fashion/labels.hpp"
#include "../fashion/network.hpp"
#include "../fashion_samples/options.hpp"
#include "../fashion_samples/paths.hpp"
#include "../fashion_samples/samplers.hpp"
#include "walk.hpp"

#if defined(__EMSCRIPTEN__)
#define EXPORTED extern "C" __attribute__((used, visibility("default")))
#else
#define EXPORTED extern "C"
#endif

namespace fashion {
namespace {

std::string said;  // what was returned last, as JavaScript reads it after the call
std::unique_ptr<walk> running;

const char* say(std::string sentence) {
    said = std::move(sentence);
    return said.c_str();
}

// What the page shows if `act` fails.
const char* guarded(const auto& act) {
    try {
        act();
        return say("");
    } catch (const std::bad_alloc&) {
        return say("there is not enough memory for so many pictures");
    } catch (const std::exception& problem) { return say(problem.what()); }
}

const unet& network() {
    const std::filesystem::path data = FASHION_FOLDER;
    static const unet read(data / "fashion.weights", data / "variance.weights");
    return read;
}

// None of our texts has a character that JSON would want more of.
std::string in_quotes(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

// "[a,b]" of each element that `write` makes text of.
std::string list(const auto& elements, const auto& write) {
    std::string result;
    for (const auto& each : elements) result += (result.empty() ? "[" : ",") + write(each);
    return result.empty() ? "[]" : result + "]";
}

std::string number(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
}

std::string described(const sampler& s) {
    const auto option = [](const setting& each) {
        return "{\"name\":" + in_quotes(each.name) + ",\"value\":" + number(each.value) + "}";
    };
    const auto truth = [](bool holds) { return std::string(holds ? "true" : "false"); };
    return "{\"name\":" + in_quotes(s.name) + ",\"spelling\":" + in_quotes(s.spelling) +
           ",\"order\":" + std::to_string(s.order) + ",\"calls\":" + in_quotes(s.calls) +
           ",\"noise\":" + truth(s.noise == "yes") +
           ",\"takesGrid\":" + truth(s.walk == walks::any_grid) +
           ",\"takesSteps\":" + truth(s.walk != walks::its_own_length) +
           ",\"refusal\":" + in_quotes(s.refusal) + ",\"options\":" + list(s.options, option) + "}";
}

std::string described_grid(std::string_view name, std::string_view schedule) {
    return "{\"name\":" + in_quotes(name) + ",\"schedule\":" + in_quotes(schedule) + "}";
}

}  // namespace
}  // namespace fashion

// What the menus offer, as JSON: the samplers, the grids of each schedule, the classes, and what is
// chosen at first.
EXPORTED const char* offers() {
    using namespace fashion;
    const auto name = [](std::string_view each) { return in_quotes(each); };
    std::string all_grids;
    for (const std::string_view schedule : schedules)
        for (const std::string_view grid : grids)
            if (schedule == "linear" || !picks_labels(grid))
                all_grids += (all_grids.empty() ? "[" : ",") + described_grid(grid, schedule);
    const options first;
    return say("{\"samplers\":" + list(listed_samplers(), described) + ",\"grids\":" + all_grids +
               "],\"classes\":" + list(labels, name) + ",\"first\":{\"sampler\":" +
               in_quotes(first.sampler) + ",\"steps\":" + std::to_string(first.steps) +
               ",\"guidance\":" + number(first.guidance) +
               ",\"seed\":" + std::to_string(first.seed) + "}}");
}

// Begins a walk by the words of fashion_samples' command line, one a line.
EXPORTED const char* begin(const char* lines) {
    using namespace fashion;
    return guarded([&] {
        running.reset();  // before the next one takes its memory
        std::vector<std::string> words{"fashion_samples"};
        std::istringstream text(lines);
        for (std::string word; std::getline(text, word);) words.push_back(word);
        std::vector<char*> pointers;
        for (std::string& word : words) pointers.push_back(word.data());
        const auto asked = read_options(static_cast<int>(pointers.size()), pointers.data());
        if (!asked || asked->all)
            throw std::invalid_argument("the page draws by one sampler, and prints nothing");
        running = std::make_unique<walk>(network(), *asked);
    });
}

// The functions below want a walk that has begun.

EXPORTED const char* step() {
    return fashion::guarded([] { fashion::running->step(); });
}

EXPORTED bool done() { return fashion::running->done(); }
EXPORTED int steps_done() { return fashion::running->index(); }
EXPORTED int steps() { return fashion::running->steps(); }
EXPORTED int network_calls() { return static_cast<int>(fashion::running->calls()); }
EXPORTED int picture_count() { return static_cast<int>(fashion::running->state().cols()); }

// 784 floats a picture, in [-1, 1] but for noise.
EXPORTED const float* state() { return fashion::running->state().data(); }
EXPORTED const float* prediction() { return fashion::running->prediction().data(); }
