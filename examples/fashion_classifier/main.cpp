// Garments of a wanted kind by a classifier's gradient, and by classifier-free guidance: how many
// are of that kind, and how good they are, by the scale.
#include <CLI/CLI.hpp>
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fokker/fokker.hpp>
#include <fstream>
#include <functional>
#include <future>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../fashion/classifier.hpp"
#include "../fashion/command_line.hpp"
#include "../fashion/data_set.hpp"
#include "../fashion/frechet.hpp"
#include "../fashion/labels.hpp"
#include "../fashion/network.hpp"
#include "../fashion/noisy_classifier.hpp"
#include "../fashion/sheet.hpp"
#include "../fashion/whole_file.hpp"
#include "../fashion/writable.hpp"
#include "../fashion_quality/store.hpp"
#include "../fashion_samples/paths.hpp"
#include "../fashion_samples/progress_bar.hpp"

namespace fashion {
namespace {

namespace fs = std::filesystem;

struct options {
    std::vector<double> scales{0, 1, 2, 3, 5, 7, 10};
    int steps = 25, pictures = 1000, real_pictures = test_pictures, shown = 2, threads = 1;
    bool accuracy = false;
    fs::path data = "/usr/share/datasets/fashion-mnist", out = "out/classifier";
};

const fs::path folder = FASHION_FOLDER;

// The networks of one thread.
struct networks {
    unet network{folder / "fashion.weights"};
    noisy_classifier noisy{folder / "noisy_classifier.weights"};
    classifier measure{folder / "classifier.weights"};
};

// How the network is told what is wanted.
struct way {
    const char* name;
    bool by_gradient;  // of the classifier; otherwise classifier-free
    bool knows_class;  // what the gradient is added to
};
constexpr std::array ways{way{"classifier", true, false}, way{"classifier-free", false, true},
                          way{"both", true, true}};

std::string short_number(double value) {
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%g", value);
    return text.data();
}

// The classes in turn.
std::vector<int> classes_of(Index first, Index last) {
    std::vector<int> result;
    for (Index i = first; i < last; ++i) result.push_back(static_cast<int>(i % 10));
    return result;
}

// Pictures first .. last - 1, whose noise does not depend on the way and the scale.
MatrixXf sample(networks& own, const way& how, double scale, const fokker::grid& grid, Index first,
                Index last) {
    using network_function = std::function<void(const MatrixXf&, const fokker::knot&, MatrixXf&)>;
    const std::vector<int> wanted = classes_of(first, last), nothing(wanted.size(), no_label);
    const auto network = [&own](const std::vector<int>& classes) -> network_function {
        return [&](const MatrixXf& x, const fokker::knot& k, MatrixXf& noise) {
            own.network.evaluate(x, k.t, classes, noise);
        };
    };
    const auto gradient = [&](const MatrixXf& x, double t, MatrixXf& out) {
        own.noisy.gradient(x, t, wanted, out);
    };
    MatrixXf x(unet::pixels, last - first);
    const fokker::philox noise{.seed = 1, .first_sample = static_cast<std::uint64_t>(first)};
    const auto draw = [&](auto&& model) {
        fokker::sample(x, model, grid, fokker::dpm_solver_pp_2m{}, noise);
    };
    if (how.by_gradient)
        draw(fokker::predicts_noise(network(how.knows_class ? wanted : nothing))
                 .clipped(-1, 1)
                 .guided_by(gradient, scale));
    else
        draw(fokker::predicts_noise(fokker::guided(network(wanted), network(nothing), scale))
                 .clipped(-1, 1));
    return x.cwiseMax(-1.0F).cwiseMin(1.0F);
}

struct figure {
    double value = 0, error = 0;
};

// The distance from the real pictures, and its standard error by leaving out a tenth at a time.
figure distance_of(const MatrixXf& features, const feature_sums& real) {
    constexpr Index parts = 10;
    const Index each = features.cols() / parts;
    Eigen::ArrayXd without(parts);
    for (Index i = 0; i < parts; ++i) {
        MatrixXf rest(features.rows(), features.cols() - each);
        rest << features.leftCols(i * each), features.rightCols(features.cols() - (i + 1) * each);
        without(i) = frechet_distance(rest, real);
    }
    const double error = std::sqrt((without - without.mean()).square().sum() * (parts - 1) / parts);
    return {frechet_distance(features, real), error};
}

// The share that the classifier of clean pictures takes for what they should be, in percent.
figure recognised(const classifier& measure, const MatrixXf& features,
                  const std::vector<int>& wanted) {
    double right = 0;
    for (Index i = 0; i < features.cols(); ++i)
        right += measure.classify(features.col(i)) == wanted[static_cast<std::size_t>(i)];
    const auto count = static_cast<double>(features.cols());
    const double share = right / count;
    return {100 * share, 100 * std::sqrt(share * (1 - share) / count)};
}

struct row {
    std::string way;
    double scale = 0;
    figure recognised, distance;
};

class study {
public:
    study(const options& o, const store& kept)
        : asked_(o), store_(kept), own_(static_cast<std::size_t>(o.threads)) {
        const auto test = read_data_set(o.data, "t10k", o.real_pictures);
        real_ = features("test pictures", o.real_pictures,
                         [&](Index first, Index last, networks&) -> MatrixXf {
                             return test.pictures.middleCols(first, last - first);
                         });
        real_sums_.add(real_);
        rows_.push_back({"test pictures", 0, recognised(measure(), real_, test.classes), {}});
        const auto training = read_data_set(o.data, "train", o.pictures);
        const MatrixXf known = features(
            "training pictures", o.pictures, [&](Index first, Index last, networks&) -> MatrixXf {
                return training.pictures.middleCols(first, last - first);
            });
        rows_.push_back({"training pictures", 0, recognised(measure(), known, training.classes),
                         distance_of(known, real_sums_)});
    }

    void draw(progress_bar& bar) {
        for (const way& how : ways)
            for (const double scale : asked_.scales) {
                const std::string name = std::string(how.name) + ", scale " + short_number(scale);
                bar.title(name);
                const auto made = [&](Index first, Index last, networks& own) {
                    return sample(own, how, scale, grid_, first, last);
                };
                const MatrixXf found = features(
                    name + ", " + std::to_string(asked_.steps) + " steps", asked_.pictures, made);
                rows_.push_back({how.name, scale,
                                 recognised(measure(), found, classes_of(0, found.cols())),
                                 distance_of(found, real_sums_)});
                show(name, made);
                bar.advance(1);
            }
    }

    const std::vector<row>& rows() const { return rows_; }

    void write_pictures(const fs::path& file) const {
        for (const auto& written : write_sheets(all_, blocks_, 10, file))
            std::printf("%s\n", fs::absolute(written).lexically_normal().c_str());
    }

private:
    const classifier& measure() const { return own_.front().measure; }

    // The features of so many pictures, which make(first, last, networks) makes if they are not
    // kept.
    template <class Make>
    MatrixXf features(const std::string& name, Index count, const Make& make) {
        constexpr Index part = 100;
        const Index size = measure().features();
        Index done = store_.columns(name, size);
        while (done < count) {
            std::vector<std::future<MatrixXf>> running;
            Index first = done;
            for (networks& own : own_) {
                const Index last = std::min(first + part, count);
                if (first == last) break;
                running.push_back(std::async(std::launch::async, [&make, &own, first, last, size] {
                    MatrixXf result(size, last - first);
                    own.measure.measure(make(first, last, own), result);
                    return result;
                }));
                first = last;
            }
            for (auto& each : running) {
                const MatrixXf columns = each.get();
                store_.append(name, done, columns);
                done += columns.cols();
            }
        }
        return store_.read(name, size).leftCols(count);
    }

    // The first pictures onto the sheet.
    template <class Make>
    void show(const std::string& name, const Make& make) {
        const Index count = 10 * asked_.shown, before = all_.cols();
        all_.conservativeResize(unet::pixels, before + count);
        all_.rightCols(count) = make(0, count, own_.front());
        blocks_.push_back({name, before, count});
    }

    options asked_;
    const store& store_;
    std::vector<networks> own_;
    fokker::grid grid_ = fokker::trailing(trained_schedule(), asked_.steps);
    MatrixXf real_;
    feature_sums real_sums_{own_.front().measure.features()};
    std::vector<row> rows_;
    MatrixXf all_;
    std::vector<sheet_block> blocks_;
};

void print(const std::vector<row>& rows) {
    std::printf("%-18s %5s %17s %21s\n", "", "scale", "recognised", "Frechet distance");
    for (const row& each : rows) {
        std::printf("%-18s %5s %8.1f +- %-3.1f %%", each.way.c_str(),
                    each.way.ends_with("pictures") ? "" : short_number(each.scale).c_str(),
                    each.recognised.value, each.recognised.error);
        if (each.way != "test pictures")
            std::printf(" %13.3f +- %.3f", each.distance.value, each.distance.error);
        std::printf("\n");
    }
}

void write_csv(const std::vector<row>& rows, const fs::path& file) {
    write_whole(file, [&](std::ostream& out) {
        out << "way,scale,recognised,recognised_error,distance,distance_error\n";
        for (const row& each : rows)
            out << each.way << ',' << each.scale << ',' << each.recognised.value << ','
                << each.recognised.error << ',' << each.distance.value << ',' << each.distance.error
                << '\n';
    });
    std::printf("%s\n", fs::absolute(file).lexically_normal().c_str());
}

// How often the classifier of noisy pictures is right at the labels of noisy_accuracy.txt, where
// the training script says the same of all test pictures. False if they do not agree.
bool show_accuracy(const options& o) {
    std::ifstream file(folder / "noisy_accuracy.txt");
    noisy_classifier network(folder / "noisy_classifier.weights");
    const auto test = read_data_set(o.data, "t10k", o.real_pictures);
    const auto schedule = trained_schedule();
    bool agrees = true;
    int rows = 0;
    std::printf("%5s %13s %13s %13s\n", "label", "sigma / alpha", "right", "in Python");
    MatrixXf x(unet::pixels, o.real_pictures), log_p(noisy_classifier::classes, x.cols());
    for (double label = 0, known = 0; file >> label >> known; ++rows) {
        const fokker::knot k = schedule.at(label);
        fokker::forward(test.pictures, k, fokker::philox{.seed = 5}, x);
        network.log_probabilities(x, label, log_p);
        double right = 0;
        for (Index i = 0; i < x.cols(); ++i) {
            Index best = 0;
            log_p.col(i).maxCoeff(&best);
            right += best == test.classes[static_cast<std::size_t>(i)];
        }
        const auto count = static_cast<double>(x.cols());
        const double share = right / count;
        const double error = std::sqrt(known * (1 - known) * (1 / count + 1.0 / test_pictures));
        std::printf("%5g %13.3g %11.2f %% %11.2f %%\n", label, k.noise_to_signal(), 100 * share,
                    100 * known);
        agrees = agrees && std::abs(share - known) <= 4 * error;
    }
    if (rows == 0) throw std::runtime_error("noisy_accuracy.txt holds no figures");
    return agrees;
}

bool read_options(options& o, int count, char** words) {
    CLI::App app(
        "Garments of each kind, by the gradient of a classifier, by classifier-free guidance, and "
        "by\n"
        "both: how many are recognised, and their Frechet distance from test pictures, by the "
        "scale.\n"
        "What is measured is kept in the folder --out, so that an interrupted study goes on.",
        "fashion_classifier");
    const auto number = [&](const char* name, int& value, int least, int most, const char* help) {
        app.add_option(name, value, help)
            ->capture_default_str()
            ->check(CLI::Range(least, most))
            ->take_last();
    };
    app.add_option("--scales", o.scales, "scales of guidance, with commas between")
        ->delimiter(',')
        ->capture_default_str()
        ->check(fashion::finite_number)
        ->check(CLI::Range(0.0, 100.0));
    number("--steps", o.steps, 2, 1000, "steps of a walk");
    number("--pictures", o.pictures, 20, 50000, "to be made for each way and scale");
    number("--real-pictures", o.real_pictures, 20, test_pictures,
           "test pictures to measure distances from");
    number("--shown", o.shown, 1, 20, "pictures of each class on the sheet");
    number("--threads", o.threads, 1, 1024, "processor threads");
    app.add_option("--out", o.out, "folder of the results")->capture_default_str()->take_last();
    app.add_option("--data", o.data, "folder of the gzipped files of Fashion-MNIST")
        ->capture_default_str()
        ->take_last();
    app.add_flag("--accuracy", o.accuracy,
                 "say only how often the classifier of noisy pictures is right");
    return parse(app, count, words);
}

int run(const options& o) {
    if (o.accuracy) {
        if (show_accuracy(o)) return 0;
        throw std::runtime_error("the classifier is not as often right as in Python");
    }
    require_writable(o.out / "results.csv");
    const std::array<fs::path, 3> made_with{folder / "fashion.weights",
                                            folder / "noisy_classifier.weights",
                                            folder / "classifier.weights"};
    const store kept(o.out / "cells", made_with);
    kept.lock();
    study made(o, kept);
    {
        progress_bar bar("", static_cast<std::int64_t>(ways.size() * o.scales.size()));
        made.draw(bar);
    }
    print(made.rows());
    write_csv(made.rows(), o.out / "results.csv");
    made.write_pictures(o.out / "pictures.png");
    return 0;
}

int fail(const std::exception& problem, int code) {
    std::fprintf(stderr, "fashion_classifier: %s\n", problem.what());
    return code;
}

}  // namespace
}  // namespace fashion

int main(int count, char** words) try {
    fashion::options asked;
    return fashion::read_options(asked, count, words) ? fashion::run(asked) : 0;
} catch (const std::invalid_argument& problem) {  // fokker::error is one
    return fashion::fail(problem, 2);
} catch (const std::exception& problem) { return fashion::fail(problem, 1); }
