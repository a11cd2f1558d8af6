// One synthesis serves all these, which takes longer than all their tests.
import './default-stack/delivery.ts'
import './default-stack/api.ts'
import './default-stack/service.ts'
import './default-stack/sync.ts'
import './default-stack/monitoring.ts'
