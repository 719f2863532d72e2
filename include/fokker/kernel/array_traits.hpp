/// What a type says of itself to be an array of the library's, and which element types there are.
#pragma once

#include <concepts>

#include <fokker/kernel/reduced.hpp>
#include <fokker/target.hpp>

namespace fokker::inline FOKKER_TARGET {

/// The customisation point. A specialisation for a contiguous array type A has
///   scalar                        the element type
///   owner                         a type that owns such an array, itself with array_traits
///   is_view                       whether a copy of A refers to the same elements
///   is_fixed                      whether an owner lives without the heap
///   data(a), size(a), samples(a)  first element; number of elements; number of samples, each a
///                                 contiguous size / samples of them
///   like(a)                       an owner of the same shape, values left open
///   same_shape(a, b)              whether b, an owner or what a network returned, fits a
/// and, if the type can hold a batch several times,
///   repeated(a, times)            an owner with so many times the samples (a vector: the elements)
/// and, if samples of as many elements may differ in shape, as pictures do in their format,
///   same_sample_shape(a, b)       whether those of b, an owner, have the shape of those of a
/// and, if the elements are not in this program's memory,
///   space                         where they are (see core/space.hpp); data(a) is an address there
template <class A>
struct array_traits;

/// Element types of a state. Those of 16 bits are only stored: the sweep computes in float.
template <class T>
concept real_scalar = std::same_as<T, float> || std::same_as<T, double> || kernel::reduced<T>;

/// Element types of a discrete state: whole numbers that stand for classes.
template <class T>
concept token_scalar = std::integral<T> && !std::same_as<T, bool>;

namespace detail {

template <class T>
concept number = real_scalar<T> || token_scalar<T>;

}  // namespace detail

}  // namespace fokker
