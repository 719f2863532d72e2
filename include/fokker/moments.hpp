/// Moments of a noise predictor, which the optimal variances need: measured, kept in a file, and
/// what they imply. Bao et al. 2022 (Analytic-DPM), section 3.
#pragma once

#include <fokker/moments/data_variance.hpp>
#include <fokker/moments/estimate.hpp>
#include <fokker/moments/estimator.hpp>
#include <fokker/moments/file.hpp>
#include <fokker/moments/moments.hpp>
#include <fokker/moments/options.hpp>
