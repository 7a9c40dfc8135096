# Compiler options of all our own code. FP contraction is off everywhere: a result must not depend on the compiler's
# mood about FMA; kernels that want FMA say so with intrinsics.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(hedge_options INTERFACE)
target_compile_options(hedge_options INTERFACE -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
                       -ffp-contract=off -fno-math-errno)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns about its own <string> and std::variant moves inlined at -O2 (PR105329, PR105562).
  target_compile_options(hedge_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow
                         -Wno-array-bounds -Wno-stringop-overread -Wno-dangling-pointer)
endif()
if(HEDGE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
  add_link_options(-fsanitize=address,undefined)
endif()
if(HEDGE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
