# An API behind the proxy: Rack and ruby-jwt. It believes the assertion and nothing else.
# Start: puma --bind tcp://127.0.0.1:9000 api.ru
# #region caller
require "json"
require "jwt"
require "net/http"

ISSUER = ENV.fetch("ISSUER", "http://localhost:8000")
AUDIENCE = ENV.fetch("AUDIENCE", "https://api.example.com")
JWKS_URL = URI(ENV.fetch("JWKS_URL", "#{ISSUER}/.well-known/jwks.json"))

# Keeps the keys for five minutes, and fetches them again for one that it does not know. It tries at most once a second.
class Keys
  Unavailable = Class.new(StandardError)

  def initialize
    @fetched = @tried = -Float::INFINITY
    @mutex = Mutex.new
  end

  # As ruby-jwt asks a loader: without `kid_not_found` for all keys, then once more if the key was not among them.
  def call(options)
    return @keys if !options[:kid_not_found] && now - @fetched < 300
    @mutex.synchronize do
      fetch if now - @tried > 1
      raise Unavailable, "the last try has failed" unless @fetched == @tried
      @keys
    end
  end

  private

  def now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def fetch
    http = { use_ssl: JWKS_URL.scheme == "https", open_timeout: 3, read_timeout: 3 }
    answer = Net::HTTP.start(JWKS_URL.host, JWKS_URL.port, **http) { |client| client.get(JWKS_URL.request_uri) }
    raise answer.code unless answer.is_a?(Net::HTTPOK)
    keys = JSON.parse(answer.body, symbolize_names: true)
    keys.fetch(:keys).fetch(0)
    @keys = keys
    @fetched = @tried = now
  # No connection, no TLS, no HTTP, no JSON, no keys: net/http and openssl have no error in common but this one.
  rescue StandardError => error
    @tried = now
    raise Unavailable, error.message
  end
end

EXPECTED = {
  algorithms: ["ES256"], jwks: Keys.new.method(:call), leeway: 10, required_claims: %w[sub iat exp],
  iss: ISSUER, verify_iss: true, aud: AUDIENCE, verify_aud: true,
}.freeze

CALLER = lambda do |env|
  claims, header = JWT.decode(env.fetch("HTTP_X_AUTH_ASSERTION", ""), nil, true, EXPECTED)
  header["typ"] == "auth-assertion+jwt" ? claims : raise(JWT::DecodeError, "no assertion")
end
# #endregion

map "/whoami" do
  run(lambda do |env|
    [200, { "Content-Type" => "application/json" }, [CALLER.call(env).slice("sub", "email", "role").to_json]]
  rescue JWT::DecodeError
    [401, {}, []]
  rescue Keys::Unavailable
    [503, { "Retry-After" => "1" }, []]
  end)
end
