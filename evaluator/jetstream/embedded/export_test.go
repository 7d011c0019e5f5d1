package embedded

import "time"

// SyncEvery sets how often streams are synced to disk.
func SyncEvery(d time.Duration) { syncInterval = d }
