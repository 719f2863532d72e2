#include <memory>

#include "../fashion/network.hpp"
#include "engine.hpp"

namespace fashion {

engine in_eigen(const classes& wanted) {
    const std::filesystem::path folder = FASHION_FOLDER;
    auto network = std::make_shared<unet>(folder / "fashion.weights");
    const std::vector<int> of_pictures(wanted.begin(), wanted.end());
    return {"Eigen",
            [network, of_pictures](const Eigen::ArrayXXf& x, double t, Eigen::ArrayXXf& out) {
                network->evaluate(x.matrix(), t, of_pictures, out.matrix());
            },
            {},
            "nothing"};
}

}  // namespace fashion
