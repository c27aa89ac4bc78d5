#!/bin/sh
# Schemathesis on `segue serve`: requests made up from openapi.yaml, good and bad; no answer may be a 5xx, or of another form
# than the contract gives it. fuzz.sh SEGUE MODEL [EXAMPLES]
set -eu
segue=$1 model=$2 examples=${3:-50}
home=$(cd "$(dirname "$0")/../.." && pwd)
python=$home/.venv/bin/python
[ -x "$python" ] || python3 -m venv "$home/.venv"
"$python" -c 'import schemathesis' 2>/dev/null || "$python" -m pip install -q schemathesis==4.32.5
data=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$segue" serve "$model" --port "$port" --data "$data" 2>"$data/log" &
server=$!
trap 'kill $server 2>/dev/null; wait $server 2>/dev/null; cd /; rm -rf "$data"' EXIT
for _ in $(seq 200); do
  [ "$(python3 -c "import urllib.request as u; print(u.urlopen('http://127.0.0.1:$port/health/ready').status)" 2>/dev/null)" = 200 ] && break
  sleep 0.1
done
cd "$data"  # what it remembers goes with the folder
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
schemathesis() {
  "$home/.venv/bin/schemathesis" run "http://127.0.0.1:$port/openapi.json" --url "http://127.0.0.1:$port" \
    --max-examples "$examples" --no-color "$@"
}
schemathesis --exclude-path-regex '^/rest/' --checks "$checks,unsupported_method"
# Players may send a form by POST, which the contract says in words only.
schemathesis --include-path-regex '^/rest/' --checks "$checks"
kill -0 $server  # it is still there
