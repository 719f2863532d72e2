/// Discrete schedules: variance-preserving paths given by a table of betas, one for each training
/// step, as in Ho et al. 2020, and the functions that make one. All tables are double.
#pragma once

#include <fokker/path/schedules/alpha_bar.hpp>
#include <fokker/path/schedules/betas.hpp>
#include <fokker/path/schedules/discrete.hpp>
#include <fokker/path/schedules/rescale.hpp>
