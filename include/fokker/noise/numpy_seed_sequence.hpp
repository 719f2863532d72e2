/// numpy's SeedSequence: words of entropy, spread over seeds. After O'Neill's seed_seq_fe (2015).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <fokker/target.hpp>

FOKKER_MAY_SHADOW

namespace fokker::inline FOKKER_TARGET::noise {

/// Its pool of `Size` words, and the seeds that come out of it.
template <std::size_t Size>
class numpy_seed_sequence {
public:
    /// SeedSequence(entropy, pool_size = Size).
    explicit numpy_seed_sequence(std::uint64_t entropy) {
        add(entropy);
        mix();
    }
    /// SeedSequence(entropy, spawn_key = (first, second), pool_size = Size).
    numpy_seed_sequence(std::uint64_t entropy, std::uint64_t first, std::uint64_t second) {
        add(entropy);
        if (count_ < Size) count_ = Size;  // the rest of the pool is 0, and keys come after it
        add(first);
        add(second);
        mix();
    }

    /// generate_state(N).
    template <std::size_t N>
    std::array<std::uint32_t, N> state() const {
        std::array<std::uint32_t, N> out;
        std::uint32_t hash = 0x8b51f9ddu;
        for (std::size_t i = 0; i < N; ++i) {
            std::uint32_t word = pool_[i % Size] ^ hash;
            hash *= 0x58f38dedu;
            word *= hash;
            out[i] = word ^ (word >> 16);
        }
        return out;
    }

private:
    /// Its words, the low one first, as few as it has.
    void add(std::uint64_t number) {
        words_[count_++] = static_cast<std::uint32_t>(number & 0xffffffffu);
        if (number >> 32) words_[count_++] = static_cast<std::uint32_t>(number >> 32);
    }

    std::uint32_t hashed(std::uint32_t word) {
        word ^= hash_;
        hash_ *= 0x931e8875u;
        word *= hash_;
        return word ^ (word >> 16);
    }
    static std::uint32_t mixed(std::uint32_t x, std::uint32_t y) {
        const std::uint32_t word = 0xca01f9ddu * x - 0x4973f715u * y;
        return word ^ (word >> 16);
    }

    void mix() {
        for (std::size_t i = 0; i < Size; ++i) pool_[i] = hashed(i < count_ ? words_[i] : 0u);
        for (std::size_t from = 0; from < Size; ++from)
            for (std::size_t to = 0; to < Size; ++to)
                if (from != to) pool_[to] = mixed(pool_[to], hashed(pool_[from]));
        for (std::size_t from = Size; from < count_; ++from)
            for (std::size_t to = 0; to < Size; ++to)
                pool_[to] = mixed(pool_[to], hashed(words_[from]));
    }

    std::array<std::uint32_t, Size + 6> words_{};
    std::size_t count_ = 0;
    std::array<std::uint32_t, Size> pool_{};
    std::uint32_t hash_ = 0x43b0d7e5u;
};

}  // namespace fokker::noise

FOKKER_END_MAY_SHADOW
