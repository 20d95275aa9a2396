<?php

// A booking path that asks the booking guard: no package needed, so that it can be copied into any application.
//
//   BOOKING_GUARD_URL=http://127.0.0.1:8090 BOOKING_GUARD_KEY=dck_... CALCOM_URL=... CALCOM_KEY=... \
//       php examples/booking_path.php CALL_ID EVENT_TYPE START
//
// Prints what the caller may be told. Status 0: the booking stands; 1: it does not; 2: nobody can say yet.

declare(strict_types=1);

/** A request that got no answer, or one that is an error; the code is the status, 0 without an answer. */
final class RequestFailed extends RuntimeException
{
}

function post(string $url, array $body, array $headers, int $seconds): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Content-Type: application/json', ...$headers],
        'content' => json_encode($body, JSON_THROW_ON_ERROR),
        'timeout' => $seconds,
        'ignore_errors' => true,
    ]]);
    $answer = @file_get_contents($url, false, $context);
    if ($answer === false) {
        throw new RequestFailed('no answer', 0);
    }
    preg_match('{^HTTP/\S+ (\d{3})}', $http_response_header[0] ?? '', $found);
    $status = (int) ($found[1] ?? 0);
    if ($status >= 400) {
        throw new RequestFailed('refused', $status);
    }

    return json_decode($answer, true, 64, JSON_THROW_ON_ERROR);
}

/** The booking guard, as a booking path needs it; in Laravel, a singleton. */
final class BookingGuard
{
    public function __construct(private string $url, private string $key)
    {
    }

    /** A permit for one call of a service; null: not now. */
    public function mayCall(string $service): ?string
    {
        $answer = $this->post("/v1/breakers/$service/permit", ['use' => 'write']);

        return $answer['granted'] ? $answer['permit'] : null;
    }

    /** The service answered. */
    public function succeeded(string $service, string $permit): void
    {
        $this->post("/v1/breakers/$service/success", ['permit' => $permit]);
    }

    /** It did not, or refused; the guard knows which statuses count. */
    public function failed(string $service, string $permit, string $cause, ?int $status = null): void
    {
        $this->post("/v1/breakers/$service/failure", ['permit' => $permit, 'cause' => $cause, 'status' => $status]);
    }

    /** Whether the booking just announced exists; taken back where it does not. */
    public function settle(int $callId, ?string $bookingUid): array
    {
        return $this->post('/v1/bookings/rollback', ['call_id' => $callId, 'external_booking_id' => $bookingUid]);
    }

    private function post(string $path, array $body): array
    {
        return post($this->url . $path, $body, ["Authorization: Bearer {$this->key}"], 5);
    }
}

/** Book in Cal.com; the uid, or null where the answer holds none. */
function book(int $eventType, string $start, string $call): ?string
{
    $answer = post(getenv('CALCOM_URL') . '/v2/bookings', [
        'eventTypeId' => $eventType,
        'start' => $start,
        'attendee' => ['name' => 'Example', 'email' => 'example@example.invalid', 'timeZone' => 'Europe/Berlin'],
        'metadata' => ['call_id' => $call],
    ], ['Authorization: Bearer ' . getenv('CALCOM_KEY'), 'cal-api-version: 2026-02-25'], 10);

    return $answer['data']['uid'] ?? null;
}

[, $callId, $eventType, $start] = $argv;
$guard = new BookingGuard(getenv('BOOKING_GUARD_URL'), getenv('BOOKING_GUARD_KEY'));
$permit = $guard->mayCall('calcom');
if ($permit === null) {
    echo "The calendar cannot be reached at the moment; we will call you back.\n";
    exit(1);
}
$uid = null;
try {
    $uid = book((int) $eventType, $start, "call_$callId");
    $guard->succeeded('calcom', $permit);
} catch (RequestFailed $error) {
    $guard->failed('calcom', $permit, $error->getMessage() === 'refused' ? 'refused' : 'no_answer', $error->getCode() ?: null);
} catch (JsonException) {
    $guard->failed('calcom', $permit, 'no_json');
}
// Here the application writes its rows: the appointment, and the flags of the call.
$answer = $guard->settle((int) $callId, $uid);
if ($answer['booking_stands']) {
    echo "Your appointment is booked.\n";
    exit(0);
}
if ($answer['verdict'] === 'unknown') {
    echo "Your appointment is being checked; we will confirm it.\n";
    exit(2);
}
echo "The appointment could not be booked; we will call you back.\n";
exit(1);
