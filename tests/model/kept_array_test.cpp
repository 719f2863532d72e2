#include <fokker/model/kept_array.hpp>

#include <Eigen/Core>
#include <cstddef>
#include <vector>

#include <fokker/error.hpp>

#include "catch.hpp"

using namespace fokker;
using Catch::Matchers::ContainsSubstring;
using Eigen::ArrayXXd;
using Eigen::ArrayXXf;
using fokker::detail::kept_array;

namespace {

std::vector<std::byte> written(kept_array& kept) {
    std::vector<std::byte> bytes;
    core::memory_writer to(bytes);
    kept.memory(to);
    return bytes;
}

void read(kept_array& kept, const std::vector<std::byte>& bytes) {
    core::memory_reader from(bytes);
    kept.memory(from);
    CHECK(from.is_at_end());
}

const ArrayXXd wide(4, 3), narrow(4, 2);

/// One that was used, and holds these numbers.
kept_array holding(const ArrayXXd& numbers) {
    kept_array kept;
    kept.like(numbers) = numbers;
    return kept;
}

}  // namespace

TEST_CASE("an array is made at first, and kept as long as type and shape stay") {
    kept_array kept;
    bool is_new = false;
    ArrayXXd* const first = &kept.like(wide, &is_new);
    CHECK(is_new);
    CHECK(first->rows() == 4);
    CHECK(first->cols() == 3);
    const double* const elements = first->data();
    CHECK(kept.like(wide, &is_new).data() == elements);
    CHECK_FALSE(is_new);
    CHECK(kept.like(narrow, &is_new).cols() == 2);
    CHECK(is_new);
    CHECK(kept.like(ArrayXXf(4, 2), &is_new).cols() == 2);
    CHECK(is_new);
}

TEST_CASE("one with twice the samples is kept, too") {
    kept_array kept;
    const double* const elements = kept.repeated(wide, 2).data();
    CHECK(kept.repeated(wide, 2).cols() == 6);
    CHECK(kept.repeated(wide, 2).data() == elements);
    CHECK(kept.repeated(narrow, 2).cols() == 4);
    // As many elements in another shape.
    CHECK(kept.repeated(ArrayXXd(8, 1), 2).rows() == 8);
}

TEST_CASE("what was written is there again when the array is used, made or not") {
    const ArrayXXd numbers = ArrayXXd::Random(4, 3);
    kept_array from = holding(numbers), used = holding(ArrayXXd::Zero(4, 3)), unused;
    for (kept_array* const to : {&used, &unused}) {
        read(*to, written(from));
        // Not yet used, it is written as it was read.
        CHECK(written(*to) == written(from));
        bool is_new = true;
        CHECK((to->like(numbers, &is_new) == numbers).all());
        CHECK_FALSE(is_new);
        // Once only: what is assigned later stays.
        to->like(numbers) += 1;
        CHECK((to->like(numbers) == numbers + 1).all());
    }
    kept_array empty;
    read(used, written(empty));
    CHECK((used.like(numbers) == numbers + 1).all());
}

TEST_CASE("what was written for another shape is refused, unless it is to be forgotten") {
    kept_array from = holding(ArrayXXd::Random(4, 3)), to;
    read(to, written(from));
    CHECK_THROWS_WITH(to.like(narrow), ContainsSubstring("is an array of 96 bytes") &&
                                           ContainsSubstring("now called with one of 64"));
    CHECK_THROWS_AS(to.like(narrow), error);  // until something is done about it
    to.forget();
    bool is_new = true;
    CHECK(to.like(narrow, &is_new).cols() == 2);
    read(to, written(from));
    to.forget();
    CHECK_NOTHROW(to.like(narrow));
}
