/// A solver fitted to a network: include this for `solver_fit` and the files of what it gives.
#pragma once

#include <fokker/fitting/file.hpp>
#include <fokker/fitting/solver_fit.hpp>
#include <fokker/solver/fitted_solver.hpp>
