# The programs of other people that ./dev interop runs, each a function that installs it, pinned, under
# build/interop and has it asked. What cannot be had here is skipped with a clear word; what answers wrong fails.
# To be sourced by dev, in its folder and with its variables.
# shellcheck shell=bash disable=SC2154

readonly interops=(libraries orders nvdlib schemathesis osv_clients osv_linter osv_scanner)

readonly osv_scanner_version=v2.5.0 # needs Go 1.26.5

interop_osv_scanner() {
  local bin=$PWD/build/interop/bin status=0
  if ! command -v go >/dev/null; then
    printf 'osv-scanner: skipped, there is no go\n'
    return
  fi
  if [[ ! -x $bin/osv-scanner ]] && ! GOBIN=$bin go install \
    "github.com/google/osv-scanner/v2/cmd/osv-scanner@$osv_scanner_version" >build/log/osv-scanner.log 2>&1; then
    printf 'osv-scanner: skipped, it could not be installed (build/log/osv-scanner.log)\n'
    return
  fi
  tests/interop/osv_scanner.py --oracle build/release/tests/oracle/weir-oracle --weir "$weir" --scanner "$bin/osv-scanner" \
    --records ../shared/data/large/osv.ndjson.zst || status=$?
  [[ $status -eq 77 ]] || return "$status"
}

readonly schemathesis_version=4.32.5

interop_schemathesis() {
  local venv=$PWD/build/interop/schemathesis
  if [[ ! -x $venv/bin/schemathesis ]] && ! { python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet "schemathesis==$schemathesis_version"; } >build/log/schemathesis.log 2>&1; then
    printf 'schemathesis: skipped, it could not be installed (build/log/schemathesis.log)\n'
    return
  fi
  python3 -B tests/interop/schemathesis.py --weir "$weir" --schemathesis "$venv/bin/schemathesis" \
    --keep build/interop/trial
}

readonly univers_version=31.1.0

interop_orders() {
  local venv=$PWD/build/interop/univers python=$PWD/build/interop/univers/bin/python status=0
  if [[ ! -e $venv/installed ]] && ! { python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet "univers==$univers_version" && touch "$venv/installed"; } >build/log/univers.log 2>&1; then
    printf 'univers: skipped, it could not be installed (build/log/univers.log)\n'
    python=
  fi
  python3 -B tests/interop/orders.py --oracle build/release/tests/oracle/weir-oracle --shared ../shared \
    ${python:+--python "$python"} || status=$?
  [[ $status -eq 0 || $status -eq 77 ]] || return "$status"
}

readonly nvdlib_version=0.9.0

interop_nvdlib() {
  local venv=$PWD/build/interop/nvdlib
  if [[ ! -x $venv/bin/python || ! -e $venv/installed ]] && ! { python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet "nvdlib==$nvdlib_version" && touch "$venv/installed"; } >build/log/nvdlib.log 2>&1; then
    printf 'nvdlib: skipped, it could not be installed (build/log/nvdlib.log)\n'
    return
  fi
  python3 -B tests/interop/nvdlib_client.py --weir "$weir" --python "$venv/bin/python" --keep build/interop/nvd
}

readonly jsonschema_version=4.26.0

# osv.dev's own client is pinned in tests/interop/go-osv/go.mod.
interop_osv_clients() {
  local venv=$PWD/build/interop/jsonschema client=$PWD/build/interop/bin/osv-client status=0
  if ! command -v go >/dev/null ||
    ! (cd tests/interop/go-osv && go build -mod=readonly -o "$client" .) >build/log/osv-client.log 2>&1; then
    printf 'osv.dev client: skipped, there is no go 1.26 or no module proxy (build/log/osv-client.log)\n'
    return
  fi
  if [[ ! -e $venv/installed ]] && ! { python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet "jsonschema==$jsonschema_version" && touch "$venv/installed"; } >build/log/jsonschema.log 2>&1; then
    printf 'osv.dev client: skipped, jsonschema could not be installed (build/log/jsonschema.log)\n'
    return
  fi
  python3 -B tests/interop/osv_clients.py --weir "$weir" --client "$client" --python "$venv/bin/python" \
    --shared ../shared || status=$?
  [[ $status -eq 0 || $status -eq 77 ]] || return "$status"
  status=0
  "$venv/bin/python" -B tests/interop/osv_schema.py --oracle build/release/tests/oracle/weir-oracle --shared ../shared || status=$?
  [[ $status -eq 0 || $status -eq 77 ]] || return "$status"
  status=0
  "$venv/bin/python" -B tests/public/nvd_api.py --weir "$weir" --shared ../shared || status=$? # with NVD's schema
  [[ $status -eq 77 ]] || return "$status"
}

# osv-linter is pinned in tests/interop/go-osv-linter/go.mod.
interop_osv_linter() {
  local linter=$PWD/build/interop/bin/osv-linter status=0
  if ! command -v go >/dev/null ||
    ! (cd tests/interop/go-osv-linter && go build -mod=readonly -o "$linter" github.com/ossf/osv-schema/linter/cmd/osv) >build/log/osv-linter.log 2>&1; then
    printf 'osv-linter: skipped, there is no go 1.26 or no module proxy (build/log/osv-linter.log)\n'
    return
  fi
  python3 -B tests/interop/osv_linter.py --weir "$weir" --linter "$linter" --shared ../shared || status=$?
  [[ $status -eq 77 ]] || return "$status"
}

readonly cvss_version=3.6 cpe_version=1.3.1 cvss_calculator_version=1.0.13

# Libraries that reckon the same. nvdtools is pinned in tests/interop/go-cpe/go.mod.
interop_libraries() {
  local venv=$PWD/build/interop/libraries node=$PWD/build/interop/node nvdtools=$PWD/build/interop/bin/go-cpe status=0
  if [[ ! -e $venv/installed ]] && ! { python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet "cvss==$cvss_version" "cpe==$cpe_version" && touch "$venv/installed"; } >build/log/libraries.log 2>&1; then
    printf 'CVSS and CPE: skipped, cvss and cpe could not be installed (build/log/libraries.log)\n'
    return
  fi
  if [[ ! -e $node/installed ]] && ! { command -v npm && mkdir -p "$node" &&
    npm install --prefix "$node" --silent --no-audit --no-fund "ae-cvss-calculator@$cvss_calculator_version" &&
    touch "$node/installed"; } >build/log/cvss-calculator.log 2>&1; then
    printf 'CVSS, ae-cvss-calculator: skipped, there is no npm, or it could not be installed (build/log/cvss-calculator.log)\n'
    node=
  fi
  if ! command -v go >/dev/null ||
    ! (cd tests/interop/go-cpe && go build -mod=readonly -o "$nvdtools" .) >build/log/go-cpe.log 2>&1; then
    printf 'CPE, nvdtools: skipped, there is no go or no module proxy (build/log/go-cpe.log)\n'
    nvdtools=
  fi
  python3 -B tests/interop/cvss_libraries.py --oracle build/release/tests/oracle/weir-oracle --python "$venv/bin/python" \
    ${node:+--node "$node"}
  python3 -B tests/interop/cpe_libraries.py --oracle build/release/tests/oracle/weir-oracle --python "$venv/bin/python" \
    ${nvdtools:+--nvdtools "$nvdtools"} --shared ../shared || status=$?
  [[ $status -eq 77 ]] || return "$status"
}
