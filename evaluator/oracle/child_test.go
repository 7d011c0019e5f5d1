package oracle_test
func beAChild() {}
