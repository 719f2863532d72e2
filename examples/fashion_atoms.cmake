# A few steps with four pictures of the real data set, and what is wrong is refused with one line.
set(few --steps 4 --pictures 4 --shown 1 --atoms 20)

add_picture_test(fashion_atoms fields 0 atoms/a/fields.png ${few} --out atoms/a)
add_picture_test(fashion_atoms lower 0 atoms/b/from-lower.png ${few} --out atoms/b)
add_picture_test(fashion_atoms edges 0 atoms/c/from-edges.png ${few} --out atoms/c)
add_picture_test(fashion_atoms one_atom 2 "" ${few} --atoms 1 --out atoms/d)
add_picture_test(fashion_atoms no_data 1 "" ${few} --data nowhere --out atoms/e)
add_picture_test(fashion_atoms unwritable 2 "" ${few} --out "${CMAKE_CURRENT_LIST_FILE}")
