/// What is asked of every engine's network. `make(model, ports)` gives one of a line_model.
#pragma once

#include <cstdint>
#include <exception>
#include <fokker/engine/ports.hpp>
#include <fokker/fokker.hpp>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "engine_models.hpp"

namespace fokker_test {

using Catch::Matchers::ContainsSubstring;
using fokker::engine::label_count, fokker::engine::label_type;

/// What is thrown in its place has these words.
template <class Error>
void check_throws(const std::function<void()>& act, const std::vector<std::string>& words) {
    std::string said = "nothing was thrown";
    try {
        act();
    } catch (const Error& problem) {
        said = problem.what();
    } catch (const std::exception& problem) {
        said = std::string("another error: ") + problem.what();
    }
    for (const std::string& each : words) CHECK_THAT(said, ContainsSubstring(each));
}

inline Eigen::ArrayXXf some_batch(Eigen::Index samples) {
    Eigen::ArrayXXf x(6, samples);
    for (Eigen::Index i = 0; i < x.size(); ++i) x(i) = float(i) - 2.5f;
    return x;
}

/// The right prediction, for a batch of that size.
void check_prediction_of(auto& network, Eigen::Index samples, double t, double added = 0.0) {
    const Eigen::ArrayXXf x = some_batch(samples);
    Eigen::ArrayXXf out(6, samples), expected(6, samples);
    out.setConstant(77.0f);
    line(x, t, expected);
    network(x, t, out);
    CHECK((out - expected - float(added)).abs().maxCoeff() < 1e-5f);
}
void check_prediction(auto& network, double t, double added = 0.0) {
    for (const Eigen::Index samples : {4, 1, 9, 4}) check_prediction_of(network, samples, t, added);
}

/// The samples of a walk whose outputs are in many places are those of the same network in Eigen.
void check_walk(auto& network) {
    const auto grid = fokker::trailing(fokker::linear_schedule(), 12);
    Eigen::ArrayXXf x(6, 5), y(6, 5);
    fokker::sample(x, network, grid, fokker::dpm_solver_pp_3m{}, fokker::philox{.seed = 3});
    fokker::sample(y, line, grid, fokker::dpm_solver_pp_3m{}, fokker::philox{.seed = 3});
    CHECK((x - y).abs().maxCoeff() <= 1e-5f * (1.0f + y.abs().maxCoeff()));
    CHECK(y.abs().maxCoeff() > 0.1f);
}

/// Ports that are found, named, and refused.
void check_ports(const auto& make) {
    SECTION("one candidate each") {
        auto network = make(line_model{}, {});
        check_prediction(network, 12.5);
        check_walk(network);
    }
    SECTION("by name") {
        auto network = make(line_model{.has_class = true}, {.x = "x", .time = "t", .out = "out"});
        network.set("y", 3);
        check_prediction(network, 12.5, 3.0);
    }
    SECTION("a network without time") {
        auto network = make(line_model{.has_time = false}, {.label = label_type::none});
        check_prediction(network, 0.0);
    }
    SECTION("two that may be the time") {
        check_throws<fokker::error>(
            [&] { make(line_model{.has_class = true}, {}); },
            {"2 inputs that can be time", ".time = \"", "'t' float32 [?]", "'y' int64 [?]"});
    }
    SECTION("a name that is not there") {
        const auto model = line_model{};
        check_throws<fokker::error>([&] { make(model, {.x = "sample"}); },
                                    {"no input 'sample'", "'x' float32 [?, 1, 2, 3]"});
        check_throws<fokker::error>([&] { make(model, {.time = "timestep"}); },
                                    {"no input 'timestep'"});
        check_throws<fokker::error>([&] { make(model, {.out = "sample"}); },
                                    {"no output 'sample'", "'out' float32"});
        check_throws<fokker::error>([&] { make(model, {.x = "x", .time = "x"}); },
                                    {"both x and time"});
    }
    SECTION("more open than the number of samples") {
        const line_model model{.x = {-1, 1, -2, -2}};
        check_throws<fokker::error>([&] { make(model, {}); },
                                    {"'x' float32 [?, 1, ?, ?]", ".shape"});
        auto network = make(model, {.shape = {1, 2, 3}});
        check_prediction(network, 12.5);
        check_throws<fokker::error>(
            [&] {
                make(model, {.shape = {2, 2, 3}});
            },
            {"[2, 2, 3]", "'x' float32"});
    }
    SECTION("an output of another size") {
        const line_model model{.doubles_channels = true};
        check_throws<fokker::error>([&] { make(model, {}); },
                                    {"'out' float32 [?, 2, 2, 3]", "another size"});
    }
}

/// Arrays that fit and that do not.
void check_arrays(const auto& make) {
    SECTION("of another element type") {
        auto network = make(line_model{}, {});
        Eigen::ArrayXXd x(6, 4), out(6, 4);
        x.setZero();
        check_throws<fokker::error>([&] { network(x, 1.0, out); },
                                    {"'x'", "is float32", "state is float64", "state of float"});
    }
    SECTION("of another size") {
        auto network = make(line_model{}, {});
        Eigen::ArrayXXf x(7, 4), out(7, 4);
        x.setZero();
        check_throws<fokker::error>([&] { network(x, 1.0, out); },
                                    {"'x'", "6 numbers, [1, 2, 3]", "4 samples of 7"});
    }
    SECTION("of another number of samples than the model takes") {
        auto network = make(line_model{.labels = {1}, .x = {4, 1, 2, 3}}, {});
        Eigen::ArrayXXf x = some_batch(4), out(6, 4), expected(6, 4);
        network(x, 8.0, out);
        line(x, 8.0, expected);
        CHECK((out - expected).abs().maxCoeff() < 1e-5f);
        Eigen::ArrayXXf y = some_batch(3), to(6, 3);
        check_throws<fokker::error>([&] { network(y, 1.0, to); }, {"'x'", "4 samples at a time"});
    }
    SECTION("a vector, of one sample or of several") {
        auto network = make(line_model{}, {});
        std::vector<float> x(18, 1.0f), out(18);
        network(x, 50.0, out);
        for (const float each : out) CHECK(each == Catch::Approx(1.0f));
    }
}

/// Element types of 64 and 16 bits.
template <class T>
void check_type(const auto& make, onnx_type type) {
    auto network = make(line_model{.type = type, .label_type = type}, {});
    using array = Eigen::Array<T, Eigen::Dynamic, Eigen::Dynamic>;
    const array x = some_batch(4).cast<T>();
    array out(6, 4);
    network(x, 100.0, out);
    Eigen::ArrayXXf expected(6, 4);
    line(x.template cast<float>(), 100.0, expected);
    CHECK((out.template cast<float>() - expected).abs().maxCoeff() < 0.02f);
}

/// The label as a number, one, and one a sample; of integers and of floats.
void check_labels(const auto& make) {
    for (const auto& shape : {std::vector<std::int64_t>{}, {1}, {-1}, {-1, 1}})
        for (const onnx_type type : {onnx_type::float32, onnx_type::int64, onnx_type::int32}) {
            auto network = make(line_model{.label_type = type, .labels = shape}, {});
            check_prediction(network, 250.0);
            check_prediction(network, 251.0);  // and not the label before
        }
    const auto model = line_model{.label_type = onnx_type::int64};
    SECTION("a fraction for integers") {
        auto network = make(model, {});
        Eigen::ArrayXXf x = some_batch(2), out(6, 2);
        check_throws<fokker::error>([&] { network(x, 12.5, out); },
                                    {"'t'", "int64", "12.5 is not whole", ".round_labels = true"});
        check_prediction(network, 13.0);  // it is usable afterwards
        const auto karras = fokker::karras(fokker::linear_schedule(), 5);
        check_throws<fokker::error>(
            [&] { fokker::sample(x, network, karras, fokker::ddim{}, fokker::philox{.seed = 1}); },
            {"is not whole"});
    }
    SECTION("rounded where asked") {
        auto network = make(model, {.round_labels = true});
        Eigen::ArrayXXf x = some_batch(2), out(6, 2), expected(6, 2);
        network(x, 249.6, out);
        line(x, 250.0, expected);
        CHECK((out - expected).abs().maxCoeff() < 1e-5f);
    }
    SECTION("said otherwise than the model") {
        check_throws<fokker::error>([&] { make(model, {.label = label_type::floating}); },
                                    {"floating", "'t' int64"});
        check_throws<fokker::error>([&] { make(model, {.labels = label_count::scalar}); },
                                    {"number of labels", "'t' int64"});
    }
}

/// Inputs beside x and the time, which the model describes or not.
void check_extras(const auto& make, bool is_described = true) {
    const line_model model{.has_condition = true, .has_class = true};
    auto network = make(model, {.x = "x", .time = "t"});
    const Eigen::ArrayXXf x = some_batch(3);
    Eigen::ArrayXXf out(6, 3), expected(6, 3);
    SECTION("are asked for") {
        check_throws<fokker::error>(
            [&] { network(x, 5.0, out); },
            {is_described ? "'c' float32 [?, 6]" : "'c'", "network.set(\"c\""});
    }
    SECTION("are read where they are") {
        Eigen::ArrayXXf condition = Eigen::ArrayXXf::Random(6, 3);
        std::vector<std::int64_t> classes{2, 0, 5};
        if (is_described) {
            network.set("c", condition);
            network.set("y", classes);
        } else {
            network.set("c", condition.data(), {3, 6});
            network.set("y", classes.data(), {3});
        }
        const auto check = [&] {
            network(x, 5.0, out);
            line(x, 5.0, expected);
            expected += condition;
            for (int i = 0; i < 3; ++i) expected.col(i) += float(classes[std::size_t(i)]);
            CHECK((out - expected).abs().maxCoeff() < 1e-5f);
        };
        check();
        condition *= 2.0f;  // which they would not be if they had been copied
        classes[1] = 9;
        check();
        network.set("y", 4);  // one for all of them
        classes = {4, 4, 4};
        check();
    }
    SECTION("that do not fit") {
        const std::vector<float> floats(3);
        if (!is_described) {
            check_throws<fokker::error>([&] { network.set("c", floats); }, {"'c'", "say that of"});
            return;
        }
        check_throws<fokker::error>([&] { network.set("y", floats); }, {"'y' int64", "float32"});
        check_throws<fokker::error>([&] { network.set("x", floats); }, {"'x'", "set by the walk"});
        check_throws<fokker::error>([&] { network.set("z", floats); }, {"no input 'z'"});
        const std::vector<float> eight(8);
        check_throws<fokker::error>([&] { network.set("c", eight); }, {"'c'", "8 numbers"});
        check_throws<fokker::error>(
            [&] {
                network.set("c", eight.data(), {2, 4});
            },
            {"'c' float32 [?, 6]", "[2, 4]"});
        check_throws<fokker::error>([&] { network.set("y", 1.5); },
                                    {"'y' int64", "1.5", "not whole"});
    }
    SECTION("for another number of samples") {
        const Eigen::ArrayXXf condition = Eigen::ArrayXXf::Zero(6, 2);
        network.set("c", condition.data(), {2, 6});
        network.set("y", 1);
        check_throws<fokker::error>([&] { network(x, 5.0, out); },
                                    {"'c'", "for 2 samples", "called with 3", "set_for_all"});
    }
    SECTION("for all samples") {
        const Eigen::ArrayXXf condition = Eigen::ArrayXXf::Ones(6, 1);
        network.set_for_all("c", condition.data(), {1, 6});
        network.set("y", 1);
        const Eigen::ArrayXXf one = some_batch(1);
        Eigen::ArrayXXf to(6, 1);
        network(one, 0.0, to);
        CHECK((to - 0.5f * one - 2.0f).abs().maxCoeff() < 1e-5f);
    }
}

/// What the engine throws passes through, with the ports' names around it.
void check_failure(const auto& make) {
    auto network = make(line_model{.takes_four = true}, {});
    check_prediction_of(network, 4, 5.0);
    const Eigen::ArrayXXf x = some_batch(3);
    Eigen::ArrayXXf out(6, 3);
    bool was_thrown = false, is_nested = false;
    try {
        network(x, 5.0, out);
    } catch (const fokker::network_error& problem) {
        was_thrown = true;
        CHECK_THAT(problem.what(), ContainsSubstring("'out'"));
        try {
            std::rethrow_if_nested(problem);
        } catch (const std::exception& own) {
            is_nested = true;
            CHECK_THAT(problem.what(), ContainsSubstring(own.what()));
        }
    }
    CHECK(was_thrown);
    CHECK(is_nested);
    check_prediction_of(network, 4, 6.0);  // and is usable afterwards
}

/// One doubled batch, the second half without its condition, which is what two networks give.
void check_guidance(const auto& make) {
    const line_model model{.has_class = true};
    auto network = make(model, {.x = "x", .time = "t"});
    const std::vector<std::int64_t> classes{1, 2, 3, 0, 0, 0};
    network.set("y", classes.data(), {6});
    const auto grid = fokker::trailing(fokker::linear_schedule(), 6);
    Eigen::ArrayXXf x(6, 3), y(6, 3);
    fokker::sample(x,
                   fokker::predicts_noise(
                       fokker::guided_batch(network, 3.0, fokker::batch_order::conditional_first)),
                   grid, fokker::ddim{}, fokker::philox{.seed = 2});
    const auto conditional = [&](const Eigen::ArrayXXf& in, double t, Eigen::ArrayXXf& out) {
        line(in, t, out);
        for (int i = 0; i < 3; ++i) out.col(i) += float(classes[std::size_t(i)]);
    };
    fokker::sample(y, fokker::predicts_noise(fokker::guided(conditional, line, 3.0)), grid,
                   fokker::ddim{}, fokker::philox{.seed = 2});
    CHECK((x - y).abs().maxCoeff() <= 1e-5f * (1.0f + y.abs().maxCoeff()));
}

}  // namespace fokker_test
