// Prints the tables of docs/from-diffusers.md, "classes" and "not served", and those of
// docs/from-diffusers-classes.md: that of a class's keys, by the name of the class. Without a name
// it prints the names of all tables. docs/tables.sh calls it.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fokker/adapt/diffusers.hpp>
#include <fokker/adapt/diffusers/class_list.hpp>

using namespace fokker;
using diffusers::detail::scheduler_class, diffusers::detail::scheduler_classes;
using key = diffusers::detail::key;
using enum diffusers::detail::key_type;

namespace {

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

void add(std::string& list, const std::string& word, const char* between = ", ") {
    list += (list.empty() ? "" : between) + word;
}

/// Classes that share a section of the page, and so their keys, with the first one.
constexpr std::string_view sections[][2]{
    {"DDPMScheduler", "DDPMParallelScheduler"},
    {"DDIMScheduler", "DDIMParallelScheduler"},
    {"KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler"},
    {"CogVideoXDDIMScheduler", "CogVideoXDPMScheduler"},
};

std::string anchor(std::string_view name) {
    std::string heading(name);
    for (const auto& [first, second] : sections)
        if (name == first || name == second)
            heading = std::string(first) + "-and-" + std::string(second);
    std::transform(heading.begin(), heading.end(), heading.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return heading;
}

bool shares_first(std::string_view name) {
    return std::any_of(std::begin(sections), std::end(sections),
                       [&](const auto& pair) { return pair[1] == name; });
}

// What the keys mean. A class of its own meaning stands before the rest.

struct meaning {
    std::string_view key, text, classes = {};  ///< none: all others
};

constexpr std::string_view not_read = "not looked at";
constexpr std::string_view edm =
    "EDMEulerScheduler EDMDPMSolverMultistepScheduler "
    "CosineDPMSolverMultistepScheduler CMStochasticIterativeScheduler";
constexpr std::string_view few_step = "LCMScheduler TCDScheduler";
constexpr std::string_view cogvideox = "CogVideoXDDIMScheduler";
constexpr std::string_view in_sigma =
    "EulerDiscreteScheduler EulerAncestralDiscreteScheduler "
    "DPMSolverMultistepScheduler UniPCMultistepScheduler";
constexpr std::string_view flows =
    "FlowMatchEulerDiscreteScheduler FlowMatchHeunDiscreteScheduler "
    "FlowMatchLCMScheduler LTXEulerAncestralRFScheduler";
constexpr std::string_view dpm =
    "DPMSolverMultistepScheduler DPMSolverMultistepInverseScheduler "
    "DPMSolverSinglestepScheduler";

constexpr meaning meanings[]{
    // The table of the training.
    {"num_train_timesteps", "how many levels were trained", "CMStochasticIterativeScheduler"},
    {"num_train_timesteps", not_read,
     "EDMEulerScheduler EDMDPMSolverMultistepScheduler CosineDPMSolverMultistepScheduler "
     "IPNDMScheduler ScoreSdeVeScheduler"},
    {"num_train_timesteps", "T: a label is T sigma, and the least level of the training 1 / T",
     flows},
    {"num_train_timesteps", "T: a label is T sigma", "FlowMapEulerDiscreteScheduler"},
    {"num_train_timesteps", "the most steps", "SCMScheduler"},
    {"num_train_timesteps", "T: the training had the times 0 .. T - 1"},
    {"beta_start", "the first beta"},
    {"beta_end", "the last beta"},
    {"beta_schedule", "how the betas go from one to the other"},
    {"trained_betas", "the sigmas of the walk, falling, with its end", "IPNDMScheduler"},
    {"trained_betas", "the betas themselves, in place of the other keys of the table"},
    {"rescale_betas_zero_snr", "the table ends in noise alone, but for alpha_bar = 2^-24",
     in_sigma},
    {"rescale_betas_zero_snr", "the table ends in noise alone (Lin et al. 2024)"},
    {"snr_shift_scale", "the signal-to-noise ratio of all times is divided by it"},
    {"scaler", "bends the time: above 1 towards noise, below 1 towards data"},
    {"s", "the offset of the cosine"},
    // The network.
    {"prediction_type",
     "what the network predicts: F of Karras et al. 2022, or -F (`v_prediction`)", edm},
    {"prediction_type", "what the network predicts"},
    {"sigma_data", "the standard deviation of the data, in the scalings of the network"},
    {"timestep_scaling", not_read, "TCDScheduler"},
    {"timestep_scaling", "in c_skip and c_out: see `latent_consistency`"},
    {"variance_type", "of the noise in a step; the two that are learned read a second output",
     "DDPMScheduler UnCLIPScheduler"},
    {"variance_type", "says that the network has a second output, which is not read"},
    // The times.
    {"timestep_spacing", not_read, few_step},
    {"timestep_spacing", "which training times are walked"},
    {"steps_offset", not_read, few_step},
    {"steps_offset", "added to the times of `leading`"},
    {"timestep_type", "`continuous`: the label of a velocity network is ln(sigma) / 4"},
    {"interpolation_type", "`log_linear`: levels even in log sigma over the whole table"},
    {"original_inference_steps", "how many times the distillation had"},
    {"lambda_min_clipped", "times with ln(alpha / sigma) below it are left out"},
    // The levels.
    {"use_karras_sigmas", "levels of Karras et al. 2022, with rho = 7"},
    {"use_exponential_sigmas", "levels even in log sigma"},
    {"use_beta_sigmas", "levels at the quantiles of Beta(0.6, 0.6)"},
    {"use_lu_lambdas", "levels even in lambda; `use_karras_sigmas` goes before it"},
    {"sigma_min", "not served: give none", "DPMSolverMultistepInverseScheduler"},
    {"sigma_max", "not served: give none", "DPMSolverMultistepInverseScheduler"},
    {"sigma_min", "the end of spaced levels, but not of `use_karras_sigmas`",
     "LMSDiscreteScheduler DPMSolverSDEScheduler"},
    {"sigma_max", "the beginning of spaced levels, but not of `use_karras_sigmas`",
     "LMSDiscreteScheduler DPMSolverSDEScheduler"},
    {"sigma_min", "the least level", edm},
    {"sigma_max", "the largest level", edm},
    {"sigma_min", "the least level", "ScoreSdeVeScheduler"},
    {"sigma_max", "the largest level", "ScoreSdeVeScheduler"},
    {"sigma_min", "the end of spaced levels, in place of the table's or the walk's"},
    {"sigma_max", "the beginning of spaced levels, in place of the table's or the walk's"},
    {"sigma_schedule", "how the levels are spaced"},
    {"rho", "of the levels of Karras et al. 2022"},
    {"final_sigmas_type", "where the last step ends"},
    {"set_alpha_to_one", not_read, few_step},
    {"set_alpha_to_one", "whether the walk begins at clean data, or at time 0",
     "DDIMInverseScheduler"},
    {"set_alpha_to_one", "whether the walk ends at clean data, or at time 0"},
    {"set_alpha_to_zero", "of older releases"},
    {"sampling_eps", "the time of the last label"},
    // Flows.
    {"use_flow_sigmas", "x = (1 - sigma) x_0 + sigma eps, with levels of a flow"},
    {"flow_shift", "their shift"},
    {"shift", "the shift of the levels", "FlowMapEulerDiscreteScheduler"},
    {"shift", "the shift of the levels, unless `use_dynamic_shifting`"},
    {"use_dynamic_shifting", "the shift comes from `mu` or `image_seq_len`", flows},
    {"use_dynamic_shifting", "with `use_flow_sigmas`: the shift comes from `mu`"},
    {"time_shift_type", "the shift is exp(mu), or mu with `linear`"},
    {"base_shift", "mu of `base_image_seq_len` tokens; for `image_seq_len`"},
    {"max_shift", "mu of `max_image_seq_len` tokens"},
    {"base_image_seq_len", "see `base_shift`"},
    {"max_image_seq_len", "see `max_shift`"},
    {"shift_terminal", "the levels are stretched so that the last one is this"},
    {"invert_sigmas", "levels are shares of the data; the network's flow points to the data",
     "FlowMatchEulerDiscreteScheduler"},
    {"invert_sigmas", "true is refused"},
    {"stochastic_sampling", "each step draws fresh noise of its end"},
    {"scale_factors", "the picture does not grow on its way here"},
    {"upscale_mode", not_read},
    // Bounds.
    {"clip_sample", not_read, "TCDScheduler CogVideoXDDIMScheduler"},
    {"clip_sample_range", not_read, "TCDScheduler CogVideoXDDIMScheduler"},
    {"clip_sample", "clips the data prediction to [-1, 1]", "RePaintScheduler"},
    {"clip_sample", "clips the data prediction"},
    {"clip_sample_range", "to [-range, range]"},
    {"clip_denoised", "clips the data prediction to [-1, 1]"},
    {"thresholding", not_read, "TCDScheduler"},
    {"dynamic_thresholding_ratio", not_read, "TCDScheduler"},
    {"sample_max_value", not_read, "TCDScheduler CogVideoXDDIMScheduler"},
    {"thresholding", "dynamic thresholding in place of clipping"},
    {"dynamic_thresholding_ratio", "its quantile"},
    {"sample_max_value", "its largest threshold; at 1 it clips to [-1, 1]"},
    // The solver.
    {"solver_order", "the order, 1 or 2", "CosineDPMSolverMultistepScheduler"},
    {"solver_order", "the order, 1 to 4", "UniPCMultistepScheduler"},
    {"solver_order", "the order, 1 to 3"},
    {"algorithm_type", "the form of the predictor, and whether it draws", dpm},
    {"algorithm_type", "`deis` is taken for `dpmsolver++`", "EDMDPMSolverMultistepScheduler"},
    {"algorithm_type", "all three are DEIS", "DEISMultistepScheduler"},
    {"algorithm_type", "which prediction the solver is written in"},
    {"solver_type", "all are DEIS in log rho", "DEISMultistepScheduler"},
    {"solver_type", "others than `bh1` are `bh2`", "UniPCMultistepScheduler"},
    {"solver_type", "`heun`, or all others: `midpoint`"},
    {"lower_order_final", "the order falls in the last two steps, of walks below 15 steps",
     "DPMSolverMultistepScheduler DPMSolverMultistepInverseScheduler DEISMultistepScheduler "
     "EDMDPMSolverMultistepScheduler CosineDPMSolverMultistepScheduler"},
    {"lower_order_final", "the order falls at the end, whatever the number of steps"},
    {"euler_at_final", "the last step is of order 1"},
    {"predict_x0", "whether it is written in the data prediction, or in the noise"},
    {"disable_corrector", "steps without the corrector, counted from 0"},
    {"solver_p", "another scheduler as the predictor"},
    {"predictor_order", "1 to 4"},
    {"corrector_order", "1 to 4"},
    {"tau_func", "where noise is added: at the labels 200 to 800"},
    {"skip_prk_steps", "starts with a repeated first step in place of Runge-Kutta's"},
    {"noise_sampler_seed", "the seed of the tree, in place of the generator's"},
    {"s_noise", "the factor of the noise"},
    {"eta", "how much noise a step adds, 0 to 1"},
    {"snr", "of the Langevin steps: how much noise they add"},
    {"correct_steps", "Langevin steps before each step"},
};

bool lists(std::string_view classes, std::string_view name) {
    return (' ' + std::string(classes) + ' ').find(' ' + std::string(name) + ' ') !=
           std::string::npos;
}

/// Throws where nobody has written one.
std::string_view meaning_of(std::string_view class_name, std::string_view name) {
    for (const meaning& each : meanings)
        if (each.key == name && (each.classes.empty() || lists(each.classes, class_name)))
            return each.text;
    throw std::invalid_argument("docs/tables/diffusers.cpp has no meaning of " + std::string(name) +
                                " of " + std::string(class_name));
}

std::string spelled(double value) {
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    char text[32];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

std::string default_of(const key& k) {
    switch (k.type) {
        case flag:
            return code(k.number != 0 ? "true" : "false");
        case whole:
        case number:
        case number_or_null:
            return code(spelled(k.number));
        case word:
            return code(k.word);
        case wholes:
            return code("[]");
        default:
            return code("null");
    }
}

std::string may_be(const key& k) {
    std::string words;
    for (std::string_view rest = k.words; !rest.empty();) {
        const std::size_t end = std::min(rest.find(", "), rest.size());
        add(words, code(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    switch (k.type) {
        case flag:
            return "`true`, `false`";
        case whole:
            return "an integer";
        case optional_whole:
            return "an integer, `null`";
        case number:
            return "a number";
        case optional_number:
        case number_or_null:
            return "a number, `null`";
        case word:
            return words;
        case optional_word:
            return words + ", `null`";
        case optional_numbers:
            return "a list of numbers, `null`";
        case wholes:
            return "a list of integers";
        case null_alone:
            return "`null`";
    }
    return {};
}

void print_keys(const scheduler_class& c) {
    std::puts("| key | default | may be | meaning |\n| --- | --- | --- | --- |");
    for (const key& k : c.keys)
        std::printf("| %s | %s | %s | %s |\n", code(k.name).c_str(), default_of(k).c_str(),
                    may_be(k).c_str(), meaning_of(c.name, k.name).data());
}

/// What the class says of these arguments; nothing where it takes them.
std::string refusal(std::string_view name, const diffusers::timesteps& asked, bool flow = false) {
    nlohmann::json config{{"_class_name", name}};
    if (flow) config.update({{"use_flow_sigmas", true}, {"prediction_type", "flow_prediction"}});
    try {
        diffusers::scheduler(config).plan(asked);
    } catch (const error& problem) { return problem.what(); }
    return {};
}

bool has_key(const scheduler_class& c, std::string_view name) {
    return std::any_of(c.keys.begin(), c.keys.end(), [&](const key& k) { return k.name == name; });
}

/// What the class takes beside steps.
std::string arguments(const scheduler_class& c, int steps) {
    std::string all;
    const auto list = [&](std::string_view name, const diffusers::timesteps& asked) {
        const std::string no = std::string(name) + " cannot be given";
        if (refusal(c.name, asked).find(no) == std::string::npos)
            add(all, code(name));
        else if (has_key(c, "use_flow_sigmas") &&
                 refusal(c.name, asked, true).find(no) == std::string::npos)
            add(all, code(name) + " with `use_flow_sigmas`");
    };
    list("timesteps", {.timesteps = {0.75, 0.5, 0.25}});
    list("sigmas", {.sigmas = {0.75, 0.5, 0.25}});
    if (has_key(c, "use_dynamic_shifting")) add(all, code("mu"));
    for (std::string_view rest = c.takes; !rest.empty();) {
        const std::size_t end = std::min(rest.find(", "), rest.size());
        add(all, code(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    if (refusal(c.name, {.steps = steps, .strength = 0.5}).empty()) add(all, code("strength"));
    const auto option = [&](const char* name, const diffusers::step_options& step) {
        if (refusal(c.name, {.steps = steps, .step = step}).empty())
            add(all, code("step." + std::string(name)));
    };
    option("eta", {.eta = 0.5});
    option("use_clipped_model_output", {.use_clipped_model_output = true});
    option("s_churn", {.s_churn = 1.0});
    option("s_tmin", {.s_tmin = 0.1});
    option("s_tmax", {.s_tmax = 1.0});
    option("s_noise", {.s_noise = 1.0});
    option("order", {.order = 2});
    return all;
}

std::string start(const diffusers::plan& walk) {
    if (walk.knots.front().sigma < walk.knots.back().sigma) return "the data";
    switch (walk.knots.prior()) {
        case prior::standard:
            return "1";
        case prior::sigma:
            return "sigma";
        case prior::unit_data:
            return walk.knots.front().alpha == 1 ? "sqrt(sigma^2 + 1)" : "sigma_data";
    }
    return {};
}

void print_classes() {
    std::puts("| class | labels | starts from noise times | draws | takes, beside `steps` |");
    std::puts("| --- | --- | --- | --- | --- |");
    for (const scheduler_class& c : scheduler_classes) {
        const int steps = refusal(c.name, {.steps = 10}).empty() ? 10 : 2;
        const diffusers::plan walk =
            diffusers::scheduler(nlohmann::json{{"_class_name", c.name}}).plan({.steps = steps});
        std::printf("| [%s](from-diffusers-classes.md#%s) | %s | %s | %s | %s |\n",
                    std::string(c.name).c_str(), anchor(c.name).c_str(),
                    walk.whole_labels ? "integers" : "real", start(walk).c_str(),
                    walk.tree                  ? "from a tree"
                    : walk.solver.stochastic() ? "yes"
                                               : "no",
                    arguments(c, steps).c_str());
    }
}

void print_not_served() {
    std::puts("| class | why |\n| --- | --- |");
    for (const auto& [name, reason] : diffusers::detail::classes_refused)
        std::printf("| %s | %s |\n", code(name).c_str(), std::string(reason).c_str());
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view table = count == 2 ? arguments[1] : "";
    if (table.empty()) {
        std::puts("classes\nnot served");
        for (const scheduler_class& c : scheduler_classes)
            if (!shares_first(c.name)) std::puts(std::string(c.name).c_str());
        return 0;
    }
    if (table == "classes") return print_classes(), 0;
    if (table == "not served") return print_not_served(), 0;
    for (const scheduler_class& c : scheduler_classes)
        if (c.name == table) return print_keys(c), 0;
    return 1;
}
