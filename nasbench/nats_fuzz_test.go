package nasbench_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/graphpnas/graphpnas/nasbench"
)

// FuzzOpenNATS writes each input to a file, because OpenNATS seeks in it, so there are about 4,000 executions a second.
func FuzzOpenNATS(f *testing.F) {
	f.Add(readFile(f, writeNATS(f, newSmallNATS().meta)))
	f.Add(readFile(f, writeNATS(f, pyDict{"meta_archs": []any{skips, convs}, "arch2infos": nil})))
	f.Add(readFile(f, natsPath("simple/meta.pickle.pbz2")))
	f.Add([]byte("PK\x03\x04 and so on"))
	path := filepath.Join(f.TempDir(), "fuzz.pth")
	f.Fuzz(func(t *testing.T, contents []byte) {
		require.NoError(t, os.WriteFile(path, contents, 0o600))
		var n *nasbench.NATS
		var err error
		allocated := natsAllocates(func() { n, err = nasbench.OpenNATS(path) })
		require.Less(t, allocated, uint64(16<<20+1000*len(contents)))
		if err != nil {
			require.Nil(t, n)
			require.ErrorContains(t, err, path)
			return
		}
		require.Positive(t, n.Len())
		for a := range n.Archs() {
			require.NoError(t, n.Space().Validate(a))
			for _, q := range []nasbench.NATSQuery{{Epochs: 12}, {Dataset: nasbench.NATSCIFAR100}} {
				info, err := n.Info(a, q)
				if err != nil {
					require.ErrorIs(t, err, nasbench.ErrNotRecorded)
				}
				for _, name := range []nasbench.NATSMetric{nasbench.NATSTrainAccuracy, nasbench.NATSValidAccuracy} {
					require.False(t, info[name] < 0 || info[name] > 100)
				}
			}
		}
	})
}
