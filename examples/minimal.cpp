// Reads a network from a file, draws a hundred pictures of clothes with it, writes them as one.
//   g++ -std=c++20 -O3 -Iinclude -I/usr/include/eigen3 examples/minimal.cpp -o minimal
//   ./minimal examples/minimal.weights clothes.pgm
#include <cstdint>
#include <cstdio>
#include <fokker/fokker.hpp>
#include <fstream>
#include <numbers>
#include <stdexcept>
#include <vector>

using Eigen::Index, Eigen::MatrixXf;

struct network {  // as minimal.py trains it; the last column of a layer is what is added
    std::vector<MatrixXf> layers;
    explicit network(const char* file) {
        std::ifstream in(file, std::ios::binary);
        std::int32_t count = 0, size[2] = {};
        in.read(reinterpret_cast<char*>(&count), sizeof count);
        for (int i = 0; in && i < count; ++i) {
            in.read(reinterpret_cast<char*>(size), sizeof size);
            Eigen::Matrix<Eigen::half, -1, -1> layer(size[0], size[1]);
            in.read(reinterpret_cast<char*>(layer.data()), 2 * layer.size());
            layers.push_back(layer.cast<float>());
        }
        if (!in || count < 1) throw std::runtime_error(std::string(file) + " holds no weights");
    }

    static MatrixXf apply(const MatrixXf& w, const MatrixXf& h) {
        return (w.leftCols(h.rows()) * h).colwise() + w.col(h.rows());
    }
    static MatrixXf silu(const MatrixXf& h) { return h.array() / (1 + (-h.array()).exp()); }

    // A picture is a column of x; t is the label of the training, 0 to 999.
    void operator()(const MatrixXf& x, double t, MatrixXf& out) const {
        MatrixXf h(x.rows() + 16, x.cols());
        const Eigen::ArrayXd waves = Eigen::ArrayXd::LinSpaced(16, 0, 15) * t * std::numbers::pi;
        h << x, (waves / 1000).cos().cast<float>().matrix().replicate(1, x.cols());
        h = apply(layers.front(), h);
        for (std::size_t i = 1; i + 1 < layers.size(); ++i) h += apply(layers[i], silu(h));
        out = apply(layers.back(), silu(h));
    }
};

int main(int count, char** words) try {
    const network denoiser(count > 1 ? words[1] : "minimal.weights");
    const auto model = fokker::predicts_data(denoiser).clipped(-1, 1);
    const auto grid = fokker::trailing(fokker::linear_schedule(1000), 25);
    MatrixXf x(14 * 14, 100);  // a hundred pictures of 14 x 14, row after row
    fokker::sample(x, model, grid, fokker::dpm_solver_pp_2m{}, fokker::philox{.seed = 1});
    std::ofstream sheet(count > 2 ? words[2] : "clothes.pgm", std::ios::binary);
    sheet << "P5 560 560 255\n";  // ten by ten, each pixel four by four
    for (Index row = 0; row < 140; ++row)
        for (Index i = 0; i < 4 * 560; ++i) {
            const Index column = i % 560 / 4, picture = row / 14 * 10 + column / 14;
            const Index pixel = row % 14 * 14 + column % 14;
            sheet.put(char(128 + 127 * x(pixel, picture)));
        }
    return sheet.flush() ? 0 : 1;
} catch (const std::exception& e) { return std::fprintf(stderr, "%s\n", e.what()), 1; }
