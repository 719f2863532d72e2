#include <fokker/moments/later_samples.hpp>

#include <Eigen/Core>

#include <fokker/kernel/linear.hpp>
#include <fokker/kernel/sweep.hpp>
#include <fokker/noise/philox.hpp>

#include "catch.hpp"
#include "support/drawn.hpp"

using namespace fokker;
using Eigen::ArrayXXd;

TEST_CASE("later samples have the noise that they would have in one large batch") {
    // Small samples are made several at a time, large ones each by itself.
    for (const Eigen::Index elements : {3, 65, 1100}) {
        const ArrayXXd all = fokker_test::gaussian(elements, 9, 5);
        ArrayXXd later(elements, 4);
        const detail::later_samples<const philox> source{fokker_test::draws, 5};
        kernel::sweep(detail::data_of(later), kernel::gaussian<const double*>(1.0, 5),
                      detail::shape_of(later), source);
        CHECK((later == all.rightCols(4)).all());
    }
}
